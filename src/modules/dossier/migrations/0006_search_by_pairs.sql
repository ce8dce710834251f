-- Search inside an agency by pairs of neighbouring words; dossier/0009 to 0011 took its place before any version with it was released.
-- So the index is made of an empty table: writes to dossier.dossier would have waited a minute a million dossiers for nothing.
create function dossier.pair_key(agency uuid, pair text) returns text language sql immutable parallel safe
  return right(agency::text, 12) || pair;
comment on function dossier.pair_key is 'A pair of words as an agency looks for it: its list holds that agency''s dossiers only.';

create function dossier.pairs(agency uuid, centre uuid, words tsvector) returns tsvector
language sql immutable parallel safe as $$
  with word as materialized (
    select lexeme, position from unnest(words) as u (lexeme, positions, weights), unnest(u.positions) as position
  )
  select array_to_tsvector(array_agg(dossier.pair_key(who, a.lexeme || '_' || b.lexeme)))
  from word a join word b on b.position = a.position + 1, unnest(array[agency, centre]) as who
$$;
comment on function dossier.pairs is 'Each pair of neighbouring words of a dossier, for the deciding agency and for the receiving centre. Two common words of a name have long lists; the pair has a short one.';

create table dossier.no_pairs (pairs tsvector);
create index dossier_pairs on dossier.no_pairs using gin (pairs);
