-- Seals stamped by a time-stamping authority. Locks: a new table only.
create table dossier.seal_stamp (
  seal integer primary key references dossier.seal,
  token bytea not null,
  stamped_at timestamptz(3) not null,
  authority text not null
);
comment on table dossier.seal_stamp is 'RFC 3161 tokens over SHA-256 of a seal''s text, so over its root: somebody outside says that the seal existed by then.';
comment on column dossier.seal_stamp.stamped_at is 'As the authority says it in the token.';
grant select, insert on dossier.seal_stamp to motcua_app;
