-- A dossier and its letter are written anew at each step: with room on their page the new state needs no new entries in ten indexes.
-- Pages written from now on; locks for a moment.
alter table dossier.dossier set (fillfactor = 80);
alter table dossier.document set (fillfactor = 70);
