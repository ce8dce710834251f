-- Places, agencies, units, positions, officers: every fact valid from–to. Locks: new tables only.
create table organisation.place (
  code text not null collate "C",
  valid daterange not null,
  kind text not null check (kind in ('province', 'commune')),
  name text not null,
  folded text not null collate "C",
  parent text collate "C",
  exclude using gist (code with =, valid with &&)
);
comment on table organisation.place is 'Provinces and communes by statistics-office code; a place that was abolished keeps its row with an end.';
create index place_parent on organisation.place (parent);
create index place_code on organisation.place (code);

create table organisation.place_successor (
  old_key text not null collate "C",
  old_province text not null,
  old_district text not null,
  old_commune text not null,
  folded text not null collate "C",
  new_code text not null collate "C",
  primary key (old_key, new_code)
);
comment on table organisation.place_successor is 'Which commune of today an old ward became (two-tier reform of 1 July 2025); one old ward may have several.';
create index place_successor_folded on organisation.place_successor using gin (folded gin_trgm_ops);

create table organisation.agency (id uuid primary key, key text not null unique collate "C");
comment on column organisation.agency.key is 'Stable name in import files; never changes, also when the code does.';
create table organisation.agency_version (
  agency_id uuid not null references organisation.agency,
  valid daterange not null,
  code text not null collate "C",
  name text not null,
  name_en text,
  kind text not null check (kind in ('province-committee', 'department', 'commune-committee', 'centre', 'point', 'partner')),
  sectors text[] not null default '{}',
  parent_id uuid references organisation.agency,
  place_code text collate "C",
  seat text not null default '',
  address text not null default '',
  phone text not null default '',
  calendar text not null default 'chung' collate "C",
  exclude using gist (agency_id with =, valid with &&),
  exclude using gist (code with =, valid with &&)
);
comment on table organisation.agency_version is 'An agency as it was between two dates.';
comment on column organisation.agency_version.code is 'Identifier of QĐ 20/2020: letter and two digits, then groups after dots, at most 35 characters.';
comment on column organisation.agency_version.sectors is 'Fields of competence as data: procedures name a sector, never an agency.';
comment on column organisation.agency_version.seat is 'Place written before the date of its letters.';
create index agency_version_parent on organisation.agency_version (parent_id);
create index agency_version_place on organisation.agency_version (place_code, kind);

create table organisation.unit (id uuid primary key, agency_id uuid not null references organisation.agency, key text not null unique collate "C");
create table organisation.unit_version (
  unit_id uuid not null references organisation.unit,
  valid daterange not null,
  name text not null,
  name_en text,
  sectors text[] not null default '{}',
  exclude using gist (unit_id with =, valid with &&)
);

create table organisation.position (
  id uuid primary key,
  agency_id uuid not null references organisation.agency,
  unit_id uuid references organisation.unit,
  key text not null unique collate "C"
);
create table organisation.position_version (
  position_id uuid not null references organisation.position,
  valid daterange not null,
  title text not null,
  title_en text,
  roles text[] not null,
  competence text not null default '',
  exclude using gist (position_id with =, valid with &&)
);
comment on column organisation.position_version.roles is 'What the position may do: clerk, specialist, head, leader, records, admin, auditor.';
comment on column organisation.position_version.competence is 'Words before the title when signing: TM., KT., TL., TUQ.';
create index position_agency on organisation.position (agency_id);

create table organisation.officer (
  id uuid primary key,
  key text not null unique collate "C",
  name text not null,
  email text
);
create table organisation.assignment (
  officer_id uuid not null references organisation.officer,
  position_id uuid not null references organisation.position,
  valid daterange not null,
  exclude using gist (officer_id with =, position_id with =, valid with &&)
);
comment on table organisation.assignment is 'Who holds which position when; one officer may hold several.';
create index assignment_position on organisation.assignment (position_id);

create table organisation.setting (
  name text not null collate "C",
  valid daterange not null,
  value jsonb not null,
  source text not null,
  unverified boolean not null,
  exclude using gist (name with =, valid with &&)
);
comment on table organisation.setting is 'Dated settings of the installation: its name, one or two levels, limits the law leaves open.';

create view organisation.read_post as
  select p.id as position_id, p.agency_id, p.unit_id, pv.valid * a.valid as valid, pv.title, pv.title_en, pv.roles, pv.competence, a.officer_id, o.name as officer_name
  from organisation.position p
  join organisation.position_version pv on pv.position_id = p.id
  join organisation.assignment a on a.position_id = p.id and a.valid && pv.valid
  join organisation.officer o on o.id = a.officer_id;
comment on view organisation.read_post is 'Filled positions with their holder and the days on which both are valid.';

grant select, insert, update, delete on all tables in schema organisation to motcua_app;
