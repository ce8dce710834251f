-- Worklists by procedure, and dossiers of an agency newest first. Locks writes to todo and dossier while the indexes are built (about 10 s a million rows).
alter table dossier.todo add column procedure_code text collate "C";
comment on column dossier.todo.procedure_code is 'For filters and counts without the dossier; null only in rows that 0.1.0 wrote while this was upgraded.';
update dossier.todo t set procedure_code = d.procedure_code from dossier.dossier d where d.id = t.dossier_id;
drop index dossier.todo_position;
create index todo_position on dossier.todo (position_id, queue, due_at, since, dossier_id) include (procedure_code);
drop index dossier.dossier_agency_state;
create index dossier_agency on dossier.dossier (agency_id, submitted_at desc);
create index dossier_centre on dossier.dossier (centre_id, submitted_at desc);
