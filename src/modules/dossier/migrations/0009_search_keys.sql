-- What a search looks for: words and pairs of neighbouring words, in a list for each agency and thirty days. A search reads the newest
-- lists first and stops when its page is full.
create function dossier.search_period(at timestamptz) returns integer language sql immutable strict parallel safe
  return greatest(0, least(4095, floor(extract(epoch from at) / 2592000)))::integer;
comment on function dossier.search_period is 'Thirty days, counted from 1970 to 2306; what a foreign system dates before or after lies in the first or the last.';

create function dossier.search_start(period integer) returns timestamptz language sql immutable parallel safe
  return case when period > 0 then to_timestamp(period::double precision * 2592000) else '-infinity'::timestamptz end;
comment on function dossier.search_start is 'When a period begins; the first has no beginning.';

create function dossier.search_list(agency uuid, period integer) returns text language sql immutable parallel safe
  return right(agency::text, 12) || lpad(to_hex(period), 3, '0');
comment on function dossier.search_list is 'What the keys of an agency''s dossiers of thirty days begin with.';

create function dossier.search_keys(agency uuid, centre uuid, at timestamptz, words tsvector) returns tsvector
language sql immutable parallel safe as $$
  with word as materialized (
    select lexeme, position from unnest(words) as u (lexeme, positions, weights), unnest(u.positions) as position
  ), token as (
    select lexeme from word
    union all
    select a.lexeme || '_' || b.lexeme from word a join word b on b.position = a.position + 1
  )
  select array_to_tsvector(array_agg(dossier.search_list(who, dossier.search_period(at)) || lexeme))
  from token, unnest(array[agency, centre]) as who
$$;
comment on function dossier.search_keys is 'Each word of a dossier and each pair of neighbouring words, for the deciding agency and for the receiving centre, in the list of its thirty days.';
