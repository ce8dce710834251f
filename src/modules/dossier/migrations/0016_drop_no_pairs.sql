-- What dossier/0006 made its index of; absent where it was built before that file was changed.
drop table if exists dossier.no_pairs;
