-- Statistics of what grows with each dossier are taken anew when a table has doubled, those of changes that wait to be folded never
-- (platform/0006). Locks: none that reads or writes wait for.
select platform.analyse_rarely(t) from unnest(array['dossier.document', 'dossier.paper', 'dossier.unsealed', 'dossier.serial', 'dossier.todo', 'dossier.todo_count']::regclass[]) as t;
select platform.analyse_rarely(inhrelid::regclass) from pg_inherits
  where inhparent in ('dossier.entry'::regclass, 'dossier.payload'::regclass);
alter table dossier.todo_delta set (autovacuum_analyze_threshold = 2147483647, vacuum_truncate = off);
alter table dossier.delta set (autovacuum_analyze_threshold = 2147483647, vacuum_truncate = off);
