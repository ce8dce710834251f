-- People, accounts, sessions, mandates, tokens of systems. Locks: new tables only.
create table identity.person (
  id uuid primary key,
  kind text not null check (kind in ('citizen', 'organisation')),
  name text not null,
  id_number bytea,
  id_index bytea unique,
  phone bytea,
  phone_index bytea,
  email bytea,
  email_index bytea,
  profile bytea,
  assured boolean not null default false,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
comment on table identity.person is 'A citizen or organisation as an applicant. Identifiers are sealed by field, searchable by blind index only.';
comment on column identity.person.profile is 'Sealed JSON: birth date, sex, address.';
comment on column identity.person.assured is 'Name and number come from an eID sign-in, not from a form.';
create index person_phone on identity.person (phone_index);

create table identity.account (
  id uuid primary key,
  person_id uuid references identity.person,
  officer_id uuid references organisation.officer,
  password_hash text,
  totp bytea,
  totp_used bigint not null default 0,
  created_at timestamptz(3) not null,
  disabled_at timestamptz(3),
  check ((person_id is null) <> (officer_id is null))
);
comment on column identity.account.totp is 'Sealed secret of the second factor; leaders and administrators must have one.';
comment on column identity.account.totp_used is 'Counter of the last accepted code: a code works once.';
create unique index account_officer on identity.account (officer_id);
create unique index account_person on identity.account (person_id);

create table identity.login (
  login_index bytea primary key,
  account_id uuid not null references identity.account,
  kind text not null check (kind in ('phone', 'email', 'name', 'external'))
);
comment on table identity.login is 'Names by which an account is found: blind index of a phone, e-mail, user name, or issuer and subject of an eID.';

create table identity.session (
  id bytea primary key,
  public_id uuid not null unique,
  account_id uuid not null references identity.account,
  position_id uuid references organisation.position,
  created_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  device text not null,
  second_factor boolean not null,
  actor jsonb not null,
  actor_version bigint not null
);
comment on table identity.session is 'Open sessions; id is SHA-256 of the cookie. actor is who this is, valid while actor_version is the current access version.';
create index session_account on identity.session (account_id);

create table identity.mandate (
  id uuid primary key,
  principal_id uuid not null references identity.person,
  agent_id uuid not null references identity.person,
  procedure_code text collate "C",
  valid daterange not null,
  granted_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);
comment on table identity.mandate is 'An authorisation: the agent may file for the principal, for one procedure or any. The account acted for is the principal''s.';
create index mandate_agent on identity.mandate (agent_id);
create index mandate_principal on identity.mandate (principal_id);

create table identity.token (
  id bytea primary key,
  public_id uuid not null unique,
  name text not null,
  scopes text[] not null,
  agency_id uuid references organisation.agency,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);
comment on table identity.token is 'Access of other systems to the JSON API; id is SHA-256 of the token.';

grant select, insert, update, delete on all tables in schema identity to motcua_app;
