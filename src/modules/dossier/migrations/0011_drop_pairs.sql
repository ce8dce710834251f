-- What the keys of dossier/0009 took the place of.
drop index dossier.dossier_pairs;
drop index dossier.dossier_search;
drop index dossier.dossier_search_centre;
drop function dossier.pairs;
drop function dossier.pair_key;
create or replace function dossier.tidy_search() returns void language sql volatile security definer set search_path = pg_catalog as $$
  select gin_clean_pending_list('dossier.dossier_words'::regclass)
$$;
