-- Procedures and their revisions. Locks: new tables only.
create table catalogue.procedure (
  code text primary key collate "C",
  kind text not null check (kind in ('native', 'mirrored', 'information')),
  status text not null check (status in ('draft', 'published', 'unpublished', 'retired')),
  current_revision uuid,
  title text not null,
  title_en text,
  field text not null,
  levels text[] not null,
  life_events text[] not null,
  online text not null,
  search tsvector not null,
  updated_at timestamptz(3) not null
);
comment on table catalogue.procedure is 'An administrative procedure by its national code; what people search for. search holds folded words, title words first.';
create index procedure_search on catalogue.procedure using gin (search);
create table catalogue.revision (
  id uuid primary key,
  procedure_code text not null references catalogue.procedure,
  number integer not null,
  definition text not null,
  digest bytea not null,
  published_at timestamptz(3),
  created_at timestamptz(3) not null,
  unique (procedure_code, number)
);
comment on table catalogue.revision is 'The whole definition as JSON, never changed once published: a dossier keeps the revision it was filed under.';
alter table catalogue.procedure add foreign key (current_revision) references catalogue.revision;
create view catalogue.read_procedure as select code, kind, status, title, title_en, field from catalogue.procedure;
comment on view catalogue.read_procedure is 'Names of procedures for lists of later modules.';
grant select, insert, update on all tables in schema catalogue to motcua_app;
