-- Codes that open an account for a first or a new password. Locks: a new table only.
create table identity.activation (
  account_id uuid primary key references identity.account on delete cascade,
  code bytea not null unique,
  expires_at timestamptz(3) not null
);
comment on table identity.activation is 'One code at most for each account, given to its holder by the operator; code is SHA-256 of it. Used once.';
grant select, insert, update, delete on identity.activation to motcua_app;
