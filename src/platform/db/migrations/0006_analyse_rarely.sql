-- Statistics are taken anew when a table has doubled, not at each tenth: the shares of its values do not change, one analysis is a second
-- of work in which people wait, and every connection plans its statements anew after it. What the queue holds is gone in a second, so
-- statistics describe none of it; and cutting off its empty pages would lock out who adds. Locks: none that reads or writes wait for.
create function platform.analyse_rarely(tab regclass)
returns void language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table %s set (autovacuum_analyze_scale_factor = 1, autovacuum_analyze_threshold = 10000)', tab);
end $$;
comment on function platform.analyse_rarely is 'Statistics of a table are taken anew when it has doubled.';
revoke all on function platform.analyse_rarely from public;

create or replace function platform.ensure_partitions(parent regclass, by_id boolean, first_month date, months int)
returns int language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  made int := 0; month date; name text; lower_bound text; upper_bound text; spaces text;
begin
  -- Two processes that start at once make each partition once.
  perform pg_advisory_xact_lock(730112359);
  select n.nspname into spaces from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = parent;
  for i in 0 .. months - 1 loop
    month := (date_trunc('month', first_month) + make_interval(months => i))::date;
    name := (select relname from pg_class where oid = parent) || '_' || to_char(month, 'YYYY_MM');
    if to_regclass(format('%I.%I', spaces, name)) is not null then continue; end if;
    if by_id then
      lower_bound := quote_literal(platform.month_id(month::timestamp at time zone 'UTC'));
      upper_bound := quote_literal(platform.month_id((month + interval '1 month')::timestamp at time zone 'UTC'));
    else
      lower_bound := quote_literal(month::timestamp at time zone 'UTC');
      upper_bound := quote_literal((month + interval '1 month')::timestamp at time zone 'UTC');
    end if;
    execute format('create table %I.%I partition of %s for values from (%s) to (%s)', spaces, name, parent, lower_bound, upper_bound);
    -- A partitioned table cannot say it for its months.
    perform platform.analyse_rarely(format('%I.%I', spaces, name)::regclass);
    made := made + 1;
  end loop;
  return made;
end $$;

select platform.analyse_rarely(t) from unnest(array['platform.request', 'platform.attempt', 'platform.file']::regclass[]) as t;
select platform.analyse_rarely(inhrelid::regclass) from pg_inherits where inhparent = 'platform.audit'::regclass;
alter table graphile_worker._private_jobs set (autovacuum_analyze_threshold = 2147483647, vacuum_truncate = off);
alter table graphile_worker._private_job_queues set (autovacuum_analyze_threshold = 2147483647);
