-- Worklists by procedure, and dossiers of an agency newest first. Writes to dossier.dossier and dossier.todo wait while the indexes are built
-- (about 10 s a million dossiers); reads wait only for the moment at the end in which the old indexes go.
update dossier.todo t set procedure_code = d.procedure_code from dossier.dossier d
  where d.id = t.dossier_id and t.procedure_code is null;
create index todo_work on dossier.todo (position_id, queue, due_at, since, dossier_id, step) include (procedure_code);
create index dossier_agency on dossier.dossier (agency_id, submitted_at desc, id);
create index dossier_centre on dossier.dossier (centre_id, submitted_at desc, id);
drop index dossier.todo_position;
drop index dossier.dossier_agency_state;
