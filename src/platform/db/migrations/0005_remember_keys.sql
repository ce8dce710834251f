-- Which key ring this database was sealed with, so that another one is refused before anybody is told that a password is wrong.
create table platform.key_check (
  generation smallint primary key,
  mark bytea not null
);
comment on table platform.key_check is 'A key derived from each generation of the ring for nothing but this: it opens nothing.';
grant select, insert on platform.key_check to motcua_app;
