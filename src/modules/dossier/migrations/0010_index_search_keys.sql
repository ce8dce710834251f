-- outside a transaction
-- A minute and a half a million dossiers; people go on working. It may stand already: whoever built it can be killed before that is written down.
create index concurrently if not exists dossier_words on dossier.dossier
  using gin (dossier.search_keys(agency_id, centre_id, submitted_at, search)) with (gin_pending_list_limit = 1024);
