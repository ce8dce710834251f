-- A job is one row. The queue's own add_job is four statements and a notification, and transactions that notify are committed one
-- after the other, each with its own wait for the disk; workers look four times a second instead.
create or replace function platform.enqueue(job text, payload json, run_at timestamptz, job_key text, queue text, max_attempts int)
returns bigint language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  added bigint;
begin
  if job_key is null then
    insert into graphile_worker._private_jobs (task_id, job_queue_id, payload, run_at, max_attempts)
    select t.id, q.id, enqueue.payload, coalesce(enqueue.run_at, now()), enqueue.max_attempts
    from graphile_worker._private_tasks t
    left join graphile_worker._private_job_queues q on q.queue_name = enqueue.queue
    where t.identifier = enqueue.job and (enqueue.queue is null or q.id is not null)
    returning id into added;
  end if;
  -- Where the job has a key, or its name or queue was never seen.
  if added is null then
    select (graphile_worker.add_job(job, enqueue.payload, queue_name => queue, run_at => enqueue.run_at,
            max_attempts => enqueue.max_attempts, job_key => job_key)).id into added;
  end if;
  return added;
end $$;
