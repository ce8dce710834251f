-- Counts by agency and day without fields: the public board adds up thirty days of every agency, and fields would multiply what
-- it reads. Kept by triggers, so that a version that knows only dossier.tally may fold beside a newer one.
-- Locks: whoever folds waits while dossier.tally is summed once (a tenth of a second for 100,000 counts); readers do not. The index
-- tally_day, which boards of the version before read by, goes when that version is gone.
lock table dossier.tally in share row exclusive mode;
create table dossier.day_tally (
  day date not null,
  agency_id uuid not null,
  indicator text not null collate "C",
  amount bigint not null,
  primary key (day, agency_id, indicator)
) with (fillfactor = 50);
comment on table dossier.day_tally is 'dossier.tally summed over fields: what boards read. Written by triggers of dossier.tally only.';
insert into dossier.day_tally (day, agency_id, indicator, amount)
  select day, agency_id, indicator, sum(amount) from dossier.tally group by 1, 2, 3 order by 1, 2, 3;

create function dossier.sum_by_day() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
  -- Two that fold at once would take the same days in another order: new counts first, then those that are raised.
  perform pg_advisory_xact_lock(hashtextextended('dossier.day_tally', 0));
  if tg_op <> 'DELETE' then
    insert into dossier.day_tally as t (day, agency_id, indicator, amount)
      select day, agency_id, indicator, sum(amount) from changed group by 1, 2, 3
      on conflict (day, agency_id, indicator) do update set amount = t.amount + excluded.amount;
  end if;
  if tg_op <> 'INSERT' then
    insert into dossier.day_tally as t (day, agency_id, indicator, amount)
      select day, agency_id, indicator, -sum(amount) from former group by 1, 2, 3
      on conflict (day, agency_id, indicator) do update set amount = t.amount + excluded.amount;
  end if;
  return null;
end $$;
comment on function dossier.sum_by_day is 'Hands on to dossier.day_tally what a statement changed in dossier.tally; only it writes there, hence security definer.';
revoke all on function dossier.sum_by_day from public;
create trigger sum_inserted after insert on dossier.tally referencing new table as changed
  for each statement execute function dossier.sum_by_day();
create trigger sum_updated after update on dossier.tally referencing old table as former new table as changed
  for each statement execute function dossier.sum_by_day();
create trigger sum_deleted after delete on dossier.tally referencing old table as former
  for each statement execute function dossier.sum_by_day();
grant select on dossier.day_tally to motcua_app;
create view dossier.read_days as select agency_id, day, indicator, amount from dossier.day_tally union all select agency_id, day, indicator, amount from dossier.delta;
comment on view dossier.read_days is 'Counts of all fields together by agency and day, with what is not yet folded.';
grant select on dossier.read_days to motcua_app, motcua_reader;
comment on table dossier.tally is 'Folded counts by agency, field and day.';
comment on view dossier.read_progress is 'Counts by field, for later reports; boards read dossier.read_days.';
