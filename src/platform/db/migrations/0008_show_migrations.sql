-- A process whose login owns nothing sees of which version the database is. Locks: none.
grant select on platform.migration to motcua_app;
