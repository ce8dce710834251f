-- outside a transaction
-- About two minutes a million dossiers; people go on working.
create index concurrently dossier_words on dossier.dossier
  using gin (dossier.search_keys(agency_id, centre_id, submitted_at, search)) with (gin_pending_list_limit = 1024);
