-- Whose code a foreign code is: every system counts by itself, and none can take the code of another.
alter table dossier.dossier add column foreign_system text not null default 'house:national-portal';
comment on column dossier.dossier.foreign_system is 'The system that gave foreign_code: house:national-portal, or the id of a token.';
update dossier.dossier d set foreign_system = substr(e.body::json ->> 'actor', 8)
from dossier.entry e
where d.foreign_code is not null and e.dossier_id = d.id and e.seq = 1 and e.body::json ->> 'actor' <> 'system:house:national-portal';
