-- Counts of tries are forgotten when the database crashes or another node takes over: nobody can bring that about by
-- trying, and a try no longer waits for the disk. Locks: one small table, while it is written anew.
alter table platform.attempt set unlogged;
