-- Whoever changes the organisation lets go what processes keep of it. Locks: small tables, for a moment.
do $$
declare t text;
begin
  foreach t in array array['place', 'agency', 'agency_version', 'unit', 'unit_version', 'position', 'position_version', 'officer', 'assignment', 'setting'] loop
    execute format('create trigger raise_reference after insert or update or delete or truncate on organisation.%I
      for each statement execute function platform.raise_reference()', t);
  end loop;
end $$;
