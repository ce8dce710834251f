-- Open work says its procedure. Locks dossier.todo for a moment.
alter table dossier.todo add column procedure_code text collate "C";
comment on column dossier.todo.procedure_code is 'For filters and counts without the dossier.';
-- While 0.1.0 still runs beside, it writes none.
create function dossier.fill_todo_procedure() returns trigger language plpgsql as $$
begin
  select procedure_code into new.procedure_code from dossier.dossier where id = new.dossier_id;
  return new;
end $$;
create trigger fill_todo_procedure before insert on dossier.todo
  for each row when (new.procedure_code is null) execute function dossier.fill_todo_procedure();
