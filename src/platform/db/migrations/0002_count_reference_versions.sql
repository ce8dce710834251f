-- A counter that names the state of reference data (organisation, places, settings, calendars), raised by triggers. Locks: two small tables, for a moment.
insert into platform.version values ('reference', 0);
create sequence platform.reference_version;
-- From a sequence, not by adding one: a value given in a transaction that is rolled back never names another state later.
create function platform.raise_reference() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
  update platform.version set value = nextval('platform.reference_version') where name = 'reference';
  return null;
end $$;
comment on function platform.raise_reference() is 'Statement trigger of every table that commands read through platform/db/reference.ts.';
create trigger raise_reference after insert or update or delete or truncate on platform.calendar
  for each statement execute function platform.raise_reference();
create trigger raise_reference after insert or update or delete or truncate on platform.calendar_day
  for each statement execute function platform.raise_reference();
