-- Open work counted as it comes and goes, so that a worklist costs the same whatever waits; and the word indexes tidied by a job,
-- not by whoever searches. Writes to dossier.todo wait while it is counted once (a second a million rows).
lock table dossier.todo in share row exclusive mode;
create table dossier.todo_count (
  position_id uuid not null,
  queue text not null collate "C",
  procedure_code text not null collate "C",
  amount integer not null,
  primary key (position_id, queue, procedure_code)
);
comment on table dossier.todo_count is 'Open work of a position by queue and procedure, folded: the worklist reads these plus the changes not yet folded.';
create table dossier.todo_delta (
  position_id uuid not null,
  queue text not null collate "C",
  procedure_code text not null collate "C",
  amount integer not null
);
comment on table dossier.todo_delta is 'What one statement added to or took from the open work of a position; appended by triggers of dossier.todo, folded into dossier.todo_count by a job.';
create index todo_delta_position on dossier.todo_delta (position_id);
insert into dossier.todo_count
  select position_id, queue, procedure_code, count(*) from dossier.todo group by position_id, queue, procedure_code;

create function dossier.count_todo() returns trigger language plpgsql as $$
begin
  insert into dossier.todo_delta (position_id, queue, procedure_code, amount)
  select position_id, queue, procedure_code, case tg_op when 'INSERT' then count(*) else -count(*) end
  from changed group by position_id, queue, procedure_code;
  return null;
end $$;
comment on function dossier.count_todo is 'Appends, never updates: two commands at one position do not wait for each other.';
create trigger count_inserted after insert on dossier.todo referencing new table as changed
  for each statement execute function dossier.count_todo();
create trigger count_deleted after delete on dossier.todo referencing old table as changed
  for each statement execute function dossier.count_todo();
grant select, insert, update, delete on dossier.todo_count, dossier.todo_delta to motcua_app;

-- Words of new dossiers wait in a list that every search reads whole (4 MB by default: 4 ms). The job empties it; it stays short without.
alter index dossier.dossier_search set (gin_pending_list_limit = 1024);
alter index dossier.dossier_search_centre set (gin_pending_list_limit = 1024);
alter index dossier.dossier_pairs set (gin_pending_list_limit = 1024);
create function dossier.tidy_search() returns void language sql volatile security definer set search_path = pg_catalog as $$
  select gin_clean_pending_list(each::regclass)
  from unnest(array['dossier.dossier_search', 'dossier.dossier_search_centre', 'dossier.dossier_pairs']) as each
$$;
comment on function dossier.tidy_search is 'Puts the words of new dossiers where searches find them at once; for the owner of the indexes only, hence security definer.';
revoke all on function dossier.tidy_search from public;
grant execute on function dossier.tidy_search to motcua_app;
