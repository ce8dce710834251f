-- History, payload, current row, open work, drafts, documents, notes, tallies. Locks: new tables only.
create table dossier.entry (
  dossier_id uuid not null,
  seq integer not null,
  body text not null collate "C",
  hash bytea not null,
  primary key (dossier_id, seq)
) partition by range (dossier_id);
comment on table dossier.entry is 'The history of a dossier, append-only. hash = SHA-256(previous hash ‖ body); before the first stands SHA-256 of the dossier id.';
comment on column dossier.entry.body is 'Canonical JSON (RFC 8785) exactly as hashed: seq, type, actor, post, at, facts, digest of the payload. No personal data.';
create table dossier.entry_other partition of dossier.entry default;

create table dossier.payload (
  dossier_id uuid not null,
  seq integer not null,
  salt bytea not null,
  sealed bytea not null,
  primary key (dossier_id, seq)
) partition by range (dossier_id);
comment on table dossier.payload is 'What an entry says about people. May be sealed again or destroyed with its salt; the chain still verifies.';
create table dossier.payload_other partition of dossier.payload default;

create table dossier.dossier (
  id uuid primary key,
  kind text not null check (kind in ('native', 'mirrored')),
  channel text not null check (channel in ('portal', 'counter', 'post', 'national')),
  foreign_code text collate "C",
  procedure_code text not null references catalogue.procedure,
  revision_id uuid not null references catalogue.revision,
  reference text not null unique collate "C",
  code text unique collate "C",
  state smallint not null check (state between 1 and 10),
  step text collate "C",
  process jsonb not null,
  agency_id uuid not null references organisation.agency,
  centre_id uuid not null references organisation.agency,
  point_id uuid references organisation.agency,
  applicant_id uuid not null references identity.person,
  submitter_id uuid references identity.person,
  applicant_name text not null,
  subject text not null,
  id_index bytea,
  tail_index bytea,
  token_index bytea not null unique,
  token bytea not null,
  submitted_at timestamptz(3) not null,
  received_at timestamptz(3),
  due_at timestamptz(3),
  calendar_version text collate "C",
  remaining_minutes double precision,
  finished_at timestamptz(3),
  returned_at timestamptz(3),
  busy text,
  seq integer not null,
  hash bytea not null,
  search tsvector not null,
  updated_at timestamptz(3) not null
);
comment on table dossier.dossier is 'The current row: what the history folds to. Everything here can be computed again by `motcua verify`.';
comment on column dossier.dossier.state is 'State of the national portal: 1 new, 2 received, 3 refused, 4 in progress, 5 supplement asked, 6 fee asked, 7 withdrawn, 8 stopped, 9 settled, 10 returned.';
comment on column dossier.dossier.process is 'State of the process: open steps and the way so far.';
comment on column dossier.dossier.remaining_minutes is 'Working minutes left while the clock is paused; due_at is then null.';
comment on column dossier.dossier.tail_index is 'Blind index of the last 6 digits of the phone given, for tracking by hand.';
comment on column dossier.dossier.token_index is 'Blind index of the random token in the QR code; token is the sealed token itself.';
comment on column dossier.dossier.busy is 'Intent that is running (signature, number, seal): no other act on the document meanwhile.';
comment on column dossier.dossier.point_id is 'Where a person was helped to file, when not at the receiving centre.';
create unique index dossier_foreign on dossier.dossier (foreign_code) where foreign_code is not null;
create index dossier_applicant on dossier.dossier (applicant_id, submitted_at desc);
create index dossier_submitter on dossier.dossier (submitter_id, submitted_at desc);
create index dossier_id_index on dossier.dossier (id_index) where id_index is not null;
create index dossier_search on dossier.dossier using gin (agency_id, search);
create index dossier_search_centre on dossier.dossier using gin (centre_id, search);
create index dossier_agency_state on dossier.dossier (agency_id, state, due_at);

create table dossier.todo (
  dossier_id uuid not null references dossier.dossier on delete cascade,
  step text not null collate "C",
  position_id uuid not null references organisation.position,
  queue text not null check (queue in ('receive', 'work', 'supplement', 'sign', 'records', 'return')),
  due_at timestamptz(3),
  step_due_at timestamptz(3),
  since timestamptz(3) not null,
  primary key (dossier_id, step, position_id)
);
comment on table dossier.todo is 'Open work: one row for each open step and position that may do it. Worklists and counts read only this.';
create index todo_position on dossier.todo (position_id, queue, due_at, since, dossier_id);

create table dossier.serial (agency_code text collate "C", day date, last integer not null, primary key (agency_code, day));
comment on table dossier.serial is 'Last serial of dossier codes per agency and day; taken last in the transaction, gaps allowed.';

create table dossier.draft (
  id uuid primary key,
  owner text not null collate "C",
  procedure_code text not null references catalogue.procedure,
  revision_id uuid not null references catalogue.revision,
  content bytea not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
comment on table dossier.draft is 'Answers so far, sealed, of a dossier not yet submitted; owner is the account that writes it. Outside the history.';
create index draft_owner on dossier.draft (owner, updated_at desc);

create table dossier.paper (
  dossier_id uuid not null references dossier.dossier on delete cascade,
  file_id uuid not null references platform.file,
  component text not null collate "C",
  added_seq integer not null,
  primary key (dossier_id, file_id)
);
comment on table dossier.paper is 'Files given for the components of a dossier, and the entry that brought each.';

create table dossier.document (
  id uuid primary key,
  dossier_id uuid not null references dossier.dossier on delete cascade,
  letter text not null collate "C",
  kind text not null check (kind in ('result', 'letter')),
  state text not null check (state in ('draft', 'initialled', 'signed', 'numbered', 'sealed', 'issued', 'dropped')),
  content bytea not null,
  file_id uuid references platform.file,
  number integer,
  dated date,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
comment on table dossier.document is 'A letter or result being made, in the order of NĐ 30/2020: draft, initialled, signed, numbered, sealed, issued.';
comment on column dossier.document.content is 'Sealed JSON: the letter as it will be drawn.';
create index document_dossier on dossier.document (dossier_id);

create table dossier.note (
  id uuid primary key,
  dossier_id uuid not null references dossier.dossier on delete cascade,
  officer_id uuid not null references organisation.officer,
  at timestamptz(3) not null,
  content bytea not null
);
comment on table dossier.note is 'Internal notes of officers on a dossier; sealed, never shown to the applicant.';
create index note_dossier on dossier.note (dossier_id, at);

create table dossier.delta (
  dossier_id uuid not null,
  seq integer not null,
  indicator text not null collate "C",
  agency_id uuid not null,
  field text not null,
  day date not null,
  amount integer not null,
  primary key (dossier_id, seq, indicator)
);
comment on table dossier.delta is 'What an entry adds to a public count; appended by commands, folded into dossier.tally by a job.';
create table dossier.tally (
  agency_id uuid not null,
  field text not null,
  day date not null,
  indicator text not null collate "C",
  amount bigint not null,
  primary key (agency_id, field, day, indicator)
);
create index tally_day on dossier.tally (day) include (agency_id, indicator, amount);
comment on table dossier.tally is 'Folded counts by agency, field and day: the public board reads these plus the deltas not yet folded.';

grant select, insert on dossier.entry to motcua_app;
grant select, insert, update on dossier.dossier to motcua_app;
grant select, insert, update, delete on dossier.payload, dossier.todo, dossier.serial, dossier.draft, dossier.paper, dossier.document, dossier.note, dossier.delta, dossier.tally to motcua_app;
create view dossier.read_progress as select agency_id, field, day, indicator, amount from dossier.tally union all select agency_id, field, day, indicator, amount from dossier.delta;
comment on view dossier.read_progress is 'Counts for public boards and later reports.';
grant select on dossier.read_progress to motcua_app, motcua_reader;
