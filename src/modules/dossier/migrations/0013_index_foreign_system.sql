-- outside a transaction
create unique index concurrently if not exists dossier_foreign_code
  on dossier.dossier (foreign_code, foreign_system) where foreign_code is not null;
