-- outside a transaction
drop index concurrently if exists dossier.dossier_foreign;
