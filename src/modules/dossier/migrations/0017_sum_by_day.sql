-- Counts by agency and day without fields, a row for each: the public board adds up thirty days of every agency, and fields and
-- indicators in rows of their own would multiply what it reads. Kept by triggers, so that a version that knows only dossier.tally
-- may fold beside a newer one.
-- Locks: whoever folds waits while dossier.tally is summed once (a tenth of a second for 100,000 counts); readers do not. The index
-- tally_day, which boards of the version before read by, goes when that version is gone.
lock table dossier.tally in share row exclusive mode;
create table dossier.day_tally (
  day date not null,
  agency_id uuid not null,
  submitted bigint not null,
  received bigint not null,
  refused bigint not null,
  on_time bigint not null,
  late bigint not null,
  withdrawn bigint not null,
  open bigint not null,
  primary key (day, agency_id)
) with (fillfactor = 50);
comment on table dossier.day_tally is 'dossier.tally summed over fields: what boards read. Written by triggers of dossier.tally only.';
insert into dossier.day_tally (day, agency_id, submitted, received, refused, on_time, late, withdrawn, open)
  select day, agency_id,
      coalesce(sum(amount) filter (where indicator = 'submitted'), 0),
      coalesce(sum(amount) filter (where indicator = 'received'), 0),
      coalesce(sum(amount) filter (where indicator = 'refused'), 0),
      coalesce(sum(amount) filter (where indicator = 'on-time'), 0),
      coalesce(sum(amount) filter (where indicator = 'late'), 0),
      coalesce(sum(amount) filter (where indicator = 'withdrawn'), 0),
      coalesce(sum(amount) filter (where indicator = 'open'), 0)
  from dossier.tally group by 1, 2 order by 1, 2;

create function dossier.sum_by_day() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
declare
  sign constant integer not null := tg_argv[0];
begin
  -- Two that fold at once would take the same days in another order: counts that are raised, then those that are new.
  perform pg_advisory_xact_lock(hashtextextended('dossier.day_tally', 0));
  insert into dossier.day_tally as t (day, agency_id, submitted, received, refused, on_time, late, withdrawn, open)
    select day, agency_id,
      coalesce(sum(amount) filter (where indicator = 'submitted'), 0),
      coalesce(sum(amount) filter (where indicator = 'received'), 0),
      coalesce(sum(amount) filter (where indicator = 'refused'), 0),
      coalesce(sum(amount) filter (where indicator = 'on-time'), 0),
      coalesce(sum(amount) filter (where indicator = 'late'), 0),
      coalesce(sum(amount) filter (where indicator = 'withdrawn'), 0),
      coalesce(sum(amount) filter (where indicator = 'open'), 0)
    from (select day, agency_id, indicator, sign * amount as amount from changed) as differences group by 1, 2
  on conflict (day, agency_id) do update set
    submitted = t.submitted + excluded.submitted,
    received = t.received + excluded.received,
    refused = t.refused + excluded.refused,
    on_time = t.on_time + excluded.on_time,
    late = t.late + excluded.late,
    withdrawn = t.withdrawn + excluded.withdrawn,
    open = t.open + excluded.open;
  return null;
end $$;
comment on function dossier.sum_by_day is 'Hands on to dossier.day_tally what a statement added to dossier.tally (1) or took from it (-1); only it writes there, hence security definer.';
revoke all on function dossier.sum_by_day from public;
create trigger sum_inserted after insert on dossier.tally referencing new table as changed
  for each statement execute function dossier.sum_by_day('1');
create trigger sum_raised after update on dossier.tally referencing new table as changed
  for each statement execute function dossier.sum_by_day('1');
create trigger sum_replaced after update on dossier.tally referencing old table as changed
  for each statement execute function dossier.sum_by_day('-1');
create trigger sum_deleted after delete on dossier.tally referencing old table as changed
  for each statement execute function dossier.sum_by_day('-1');
grant select on dossier.day_tally to motcua_app;

create view dossier.read_days as
  select agency_id, day, submitted, received, refused, on_time, late, withdrawn, open from dossier.day_tally
  union all
  select agency_id, day,
    case indicator when 'submitted' then amount else 0 end,
    case indicator when 'received' then amount else 0 end,
    case indicator when 'refused' then amount else 0 end,
    case indicator when 'on-time' then amount else 0 end,
    case indicator when 'late' then amount else 0 end,
    case indicator when 'withdrawn' then amount else 0 end,
    case indicator when 'open' then amount else 0 end
  from dossier.delta;
comment on view dossier.read_days is 'Counts of all fields together by agency and day, with what is not yet folded.';
grant select on dossier.read_days to motcua_app, motcua_reader;
comment on table dossier.tally is 'Folded counts by agency, field and day.';
comment on view dossier.read_progress is 'Counts by field, for later reports; boards read dossier.read_days.';
