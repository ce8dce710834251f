-- Keys, intents and issued documents. Locks: new tables only.
create table signing.authority (
  id uuid primary key,
  name text not null,
  certificate text not null,
  private_key bytea,
  trusted boolean not null,
  created_at timestamptz(3) not null
);
comment on table signing.authority is 'Roots that verification trusts. The demo authority also holds its sealed private key and issues the demo certificates.';
create table signing.key (
  id uuid primary key,
  holder text not null collate "C",
  name text not null,
  certificate text not null,
  private_key bytea not null,
  valid tstzrange not null,
  created_at timestamptz(3) not null,
  exclude using gist (holder with =, valid with &&)
);
comment on table signing.key is 'Software signing keys, sealed at rest. holder is officer:<id> or agency:<id>; one valid key a holder.';
create table signing.intent (
  id uuid primary key,
  kind text not null check (kind in ('sign', 'number', 'seal')),
  owner text not null collate "C",
  holder text collate "C",
  request bytea not null,
  state text not null check (state in ('waiting', 'done', 'failed')),
  result_file uuid references platform.file,
  error text,
  created_at timestamptz(3) not null,
  finished_at timestamptz(3)
);
comment on table signing.intent is 'What is to be done to a document, written before it is done: a crash resumes from here. request is sealed JSON.';
create table signing.issued (
  sha256 bytea primary key,
  token_index bytea not null unique,
  owner text not null collate "C",
  title text not null,
  number text not null,
  issued_on date not null,
  agency_name text not null,
  recalled_at timestamptz(3),
  issued_at timestamptz(3) not null
);
comment on table signing.issued is 'Digests of documents this installation issued: verification tells ours from strangers'' and finds recalled ones. No personal data.';
grant select, insert, update on all tables in schema signing to motcua_app;
