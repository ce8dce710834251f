-- A mandate is given to a number and a name, and finds its agent when that person is known. Locks: the table, for a moment.
alter table identity.mandate alter column agent_id drop not null;
alter table identity.mandate add column agent_index bytea;
alter table identity.mandate add column agent_name text;
alter table identity.mandate add column agent_tail text;
alter table identity.mandate add constraint mandate_agent check (agent_id is not null or agent_index is not null);
comment on column identity.mandate.agent_id is 'Null until a person of that number and name is known: giving a mandate tells nobody who is.';
comment on column identity.mandate.agent_index is 'Blind index of number and folded name.';
comment on column identity.mandate.agent_name is 'As the giver typed it; agent_tail are the last three digits of the number.';
create index mandate_agent_index on identity.mandate (agent_index);
