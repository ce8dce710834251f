-- Number books: none missing, none double. Locks: new tables only.
create table records.book (
  agency_id uuid not null references organisation.agency,
  year smallint not null,
  notation text not null collate "C",
  last integer not null default 0,
  primary key (agency_id, year, notation)
);
comment on table records.book is 'One series of document numbers: an agency, a year, a notation such as GPXD. Numbers begin at 1 each year (NĐ 30/2020, Art. 15).';
create table records.number (
  agency_id uuid not null,
  year smallint not null,
  notation text not null collate "C",
  number integer not null,
  document text not null unique collate "C",
  dated date not null,
  state text not null check (state in ('used', 'cancelled')),
  reason text,
  taken_at timestamptz(3) not null,
  primary key (agency_id, year, notation, number),
  foreign key (agency_id, year, notation) references records.book
);
comment on table records.number is 'Each number and the document it stays with; a number whose document fell stands here as cancelled with a reason.';
comment on column records.number.document is 'What carries it, as dossier-document:<id>: asking again for the same document gives the same number.';
grant select, insert, update on records.book, records.number to motcua_app;
