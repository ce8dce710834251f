-- What every module stands on: versions, request keys, audit, files, attempts, calendars and the way into the job queue.
-- Locks: new tables only.

create table platform.version (
  name text primary key collate "C",
  value bigint not null
);
comment on table platform.version is 'Counters that rise when data behind a cache changes; "which is current" is read from here.';
insert into platform.version values ('public', 1), ('access', 1), ('set-up', 0);

create table platform.request (
  actor text not null collate "C",
  key text not null collate "C",
  digest bytea not null,
  answer text not null,
  at timestamptz(3) not null,
  primary key (actor, key)
);
comment on table platform.request is 'One row for each command a person sent: a repeat with the same key reads back the first answer.';
comment on column platform.request.digest is 'SHA-256 of the body: the same key with another body is refused.';
comment on column platform.request.answer is 'Address of the page that shows the outcome.';
create index request_at on platform.request (at);

create table platform.audit (
  id uuid not null,
  at timestamptz(3) not null,
  actor text not null collate "C",
  post uuid,
  action text not null collate "C",
  subject text not null collate "C",
  purpose text not null default '',
  facts jsonb not null default '{}',
  request text collate "C",
  primary key (at, id)
) partition by range (at);
comment on table platform.audit is 'Who did or looked at what, when and why. The application may insert and select, nothing else. Facts hold no personal data.';
comment on column platform.audit.post is 'The position an officer acted in.';
create table platform.audit_other partition of platform.audit default;
create index audit_subject on platform.audit (subject, at desc);
create index audit_actor on platform.audit (actor, at desc);

create table platform.file (
  id uuid primary key,
  owner text not null collate "C",
  store_key text not null unique collate "C",
  name text not null,
  media_type text not null collate "C",
  size bigint not null check (size > 0),
  sha256 bytea not null,
  created_at timestamptz(3) not null
);
comment on table platform.file is 'A stored file. The bytes lie encrypted in the file store under store_key; no two owners share bytes.';
comment on column platform.file.owner is 'Module and object that the file belongs to, as dossier:<id> or draft:<id>.';
create index file_owner on platform.file (owner);

create table platform.attempt (
  bucket text not null collate "C",
  started_at timestamptz(3) not null,
  count integer not null,
  primary key (bucket)
);
comment on table platform.attempt is 'Tries inside a running window (sign-in, tracking by hand, codes): shared by all processes. Buckets are keyed digests, not names.';

create table platform.calendar (
  code text not null collate "C",
  valid daterange not null,
  week jsonb not null,
  source text not null,
  unverified boolean not null,
  exclude using gist (code with =, valid with &&)
);
comment on table platform.calendar is 'Ordinary working week of a calendar: {"1": [[480, 690], …]} minutes since midnight by weekday, 1 is Monday.';
create table platform.calendar_day (
  code text not null collate "C",
  date date not null,
  kind text not null check (kind in ('holiday', 'in-lieu', 'swap-off', 'swap-working', 'half-day')),
  shifts jsonb not null,
  source text not null,
  unverified boolean not null,
  primary key (code, date)
);
comment on table platform.calendar_day is 'Days that differ from the ordinary week: holidays, days in lieu, swap days, half days, by yearly notice.';

create function platform.enqueue(job text, payload json, run_at timestamptz, job_key text, queue text, max_attempts int)
returns bigint language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select (graphile_worker.add_job(job, payload, queue_name => queue, run_at => run_at,
          max_attempts => max_attempts, job_key => job_key)).id
$$;
comment on function platform.enqueue is 'Adds a job in the caller''s transaction; the application role has no other way into the queue.';

create function platform.job_state(out waiting bigint, out running bigint, out failed bigint, out oldest timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) filter (where attempts < max_attempts and locked_at is null),
         count(*) filter (where locked_at is not null),
         count(*) filter (where attempts >= max_attempts and locked_at is null),
         min(run_at) filter (where attempts < max_attempts and locked_at is null)
  from graphile_worker.jobs
$$;
create function platform.failed_jobs()
returns table (id bigint, task text, attempts smallint, last_error text, created_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select j.id, j.task_identifier, j.attempts, j.last_error, j.created_at from graphile_worker.jobs j
  where j.attempts >= j.max_attempts and j.locked_at is null order by j.id desc limit 200
$$;
create function platform.retry_job(job bigint, at timestamptz)
returns void language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select graphile_worker.reschedule_jobs(array[job], run_at => at, attempts => 0)
$$;

create function platform.month_id(at timestamptz) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;
comment on function platform.month_id is 'The smallest uuid v7 of an instant: partition bounds of tables keyed by id.';

create function platform.ensure_partitions(parent regclass, by_id boolean, first_month date, months int)
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
    made := made + 1;
  end loop;
  return made;
end $$;
comment on function platform.ensure_partitions is 'Makes the monthly partitions of a table that are missing; called a year ahead.';

revoke all on function platform.enqueue, platform.job_state, platform.failed_jobs, platform.retry_job, platform.ensure_partitions from public;
grant usage on schema platform to motcua_app;
grant select, insert, update, delete on platform.request, platform.attempt, platform.calendar, platform.calendar_day, platform.file to motcua_app;
grant select, update on platform.version to motcua_app;
grant select, insert on platform.audit to motcua_app;
grant execute on function platform.enqueue, platform.job_state, platform.failed_jobs, platform.retry_job, platform.ensure_partitions, platform.month_id to motcua_app;
