-- Histories sealed day by day. Locks: new tables; the fill reads dossier.dossier without holding it up.
create table dossier.unsealed (
  dossier_id uuid not null,
  seq integer not null,
  hash bytea not null,
  primary key (dossier_id, seq)
);
comment on table dossier.unsealed is 'Entries that no seal covers yet: written with the entry, taken by the next seal, which so covers exactly what its snapshot saw.';

create table dossier.seal (
  number integer primary key check (number > 0),
  body text not null collate "C",
  root bytea not null unique
);
comment on table dossier.seal is 'Seals of histories, one after the other without gap. root = SHA-256(body).';
comment on column dossier.seal.body is 'Canonical JSON (RFC 8785) exactly as hashed: number, at, leaves, tree (root of the Merkle tree, hex), previous (root of the seal before, hex; null for the first).';

create table dossier.seal_leaf (
  seal integer not null references dossier.seal deferrable initially deferred,
  position integer not null,
  dossier_id uuid not null,
  seq integer not null,
  hash bytea not null,
  primary key (seal, position)
);
comment on table dossier.seal_leaf is 'Leaves of a seal''s tree in their order: a dossier, the last entry that the snapshot saw, and its hash.';
create index seal_leaf_dossier on dossier.seal_leaf (dossier_id, seal desc);

create table dossier.seal_chunk (
  seal integer not null references dossier.seal deferrable initially deferred,
  position integer not null,
  hash bytea not null,
  primary key (seal, position)
);
comment on table dossier.seal_chunk is 'Roots over each 1,024 leaves of a seal: a proof reads these and one chunk of leaves.';

insert into dossier.unsealed (dossier_id, seq, hash) select id, seq, hash from dossier.dossier;

grant select, insert, delete on dossier.unsealed to motcua_app;
grant select, insert on dossier.seal, dossier.seal_leaf, dossier.seal_chunk to motcua_app;
