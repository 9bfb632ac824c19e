/**
 * The database of jobs that many runners share: as that of the journal, with what they have to know of each other.
 *
 * Manifest 0 of a job is its plan: the reading of its source, which is sent to the runners like all other manifests. A
 * manifest is `sent` while a workflow for its `attempt` is under way, and each workflow that has ended makes the next
 * attempt another one. Whoever writes to a job or its ledger locks the row of the job first, so that nobody waits in a
 * circle. Instants are milliseconds since 1970; those that runners compare are of the clock of the server.
 *
 * @internal
 */
import type { Name } from "../store.ts"

/** What the tables of the jobs, and of the cluster, begin with. */
export const prefix = "hcp_jobs"

/** What brings a database from each version to the next one. */
export const migrations: ReadonlyArray<ReadonlyArray<string>> = [
  [
    `create table hcp_jobs_job (
       id bigint generated always as identity primary key,
       name text,
       spec text not null,
       state text not null,
       detail text,
       problem text,
       created bigint not null,
       started bigint,
       ended bigint,
       planned int not null default 0,
       total bigint not null default 0,
       total_bytes bigint not null default 0,
       done bigint not null default 0,
       skipped bigint not null default 0,
       failed bigint not null default 0,
       bytes bigint not null default 0
     )`,
    `create index hcp_jobs_job_open on hcp_jobs_job (id) where state in ('waiting', 'running', 'paused')`,
    `create table hcp_jobs_manifest (
       job bigint not null,
       number bigint not null,
       objects bigint not null,
       settled bigint not null default 0,
       attempt int not null default 1,
       sent int not null default 0,
       beat bigint,
       primary key (job, number)
     )`,
    `create index hcp_jobs_manifest_open on hcp_jobs_manifest (job, number) where settled < objects`,
    // A path may be longer than what fits into an index.
    `create table hcp_jobs_item (
       id bigint generated always as identity primary key,
       job bigint not null,
       manifest bigint not null,
       path text not null,
       version text not null,
       hash bytea not null,
       size bigint,
       problem text,
       unique (job, hash)
     )`,
    `create index hcp_jobs_item_manifest on hcp_jobs_item (job, manifest)`,
    `create table hcp_jobs_outcome (
       item bigint primary key,
       job bigint not null,
       manifest bigint not null,
       state text not null,
       bytes bigint not null,
       reason text,
       message text,
       at bigint not null
     )`,
    `create index hcp_jobs_outcome_failed on hcp_jobs_outcome (job, item) where state = 'failed'`,
    `create index hcp_jobs_outcome_manifest on hcp_jobs_outcome (job, manifest)`,
    `create function hcp_jobs_count() returns trigger language plpgsql as $body$
     declare sign int := case tg_op when 'INSERT' then 1 else -1 end;
     begin
       update hcp_jobs_job set
         done = done + sign * changed.new_done,
         skipped = skipped + sign * changed.new_skipped,
         failed = failed + sign * changed.new_failed,
         bytes = hcp_jobs_job.bytes + sign * changed.new_bytes
       from (
         select job,
           count(*) filter (where state = 'done') as new_done,
           count(*) filter (where state = 'skipped') as new_skipped,
           count(*) filter (where state = 'failed') as new_failed,
           sum(bytes) as new_bytes
         from changes group by job
       ) as changed where id = changed.job;
       update hcp_jobs_manifest set settled = settled + sign * changed.objects
       from (select job, manifest, count(*) as objects from changes group by job, manifest) as changed
       where hcp_jobs_manifest.job = changed.job and number = changed.manifest;
       return null;
     end $body$`,
    `create trigger hcp_jobs_outcome_added after insert on hcp_jobs_outcome
     referencing new table as changes for each statement execute function hcp_jobs_count()`,
    `create trigger hcp_jobs_outcome_removed after delete on hcp_jobs_outcome
     referencing old table as changes for each statement execute function hcp_jobs_count()`,
    `create table hcp_jobs_sample (
       job bigint not null,
       at bigint not null,
       done bigint not null,
       skipped bigint not null,
       failed bigint not null,
       bytes bigint not null,
       primary key (job, at)
     )`,
    // When the bucket of a limit is empty again.
    `create table hcp_jobs_limit (
       job bigint not null,
       kind text not null,
       free double precision not null,
       primary key (job, kind)
     )`
  ]
]

/** The statements of this engine alone. */
export type ClusterName =
  | "states"
  | "next"
  | "unsent"
  | "sent"
  | "release"
  | "attempt"
  | "beat"
  | "stale"
  | "settle"
  | "problem"
  | "take"

const now = "(extract(epoch from clock_timestamp()) * 1000)"

const open = "state in ('waiting', 'running', 'paused')"

/** All statements that are ever run. Those whose effect counts return the rows that they met. */
export const statements: Readonly<Record<Name | ClusterName, string>> = {
  submit: `with added as (
      insert into hcp_jobs_job (name, spec, state, created) values ($1::text, $2::text, 'waiting', $3::bigint) returning id
    ), planned as (insert into hcp_jobs_manifest (job, number, objects) select id, 0, 1 from added)
    select id from added`,
  job: "select * from hcp_jobs_job where id = $1::bigint",
  jobs: "select * from hcp_jobs_job order by id",

  pause: `update hcp_jobs_job set state = 'paused'
    where id = $1::bigint and state in ('waiting', 'running') returning id`,
  resume: `update hcp_jobs_job set state = 'waiting', ended = null, detail = null, problem = null
    where id = $1::bigint and state in ('paused', 'stopped') returning id`,
  cancel: `update hcp_jobs_job set state = 'cancelled', ended = $2::bigint
    where id = $1::bigint and state not in ('finished', 'cancelled') returning id`,
  stop: `update hcp_jobs_job set state = 'stopped', ended = $2::bigint, detail = $3::text
    where id = $1::bigint and state = 'running' returning id`,
  retry: `update hcp_jobs_job set state = 'waiting', ended = null, detail = null, problem = null
    where id = $1::bigint and state in ('finished', 'stopped') returning id`,
  forgetFailures: `with locked as materialized (
      select id from hcp_jobs_job where id = $1::bigint and state in ('finished', 'stopped') for update
    )
    delete from hcp_jobs_outcome using locked where job = locked.id and state = 'failed'`,
  forgetManifests: `with locked as materialized (
      select id from hcp_jobs_job where id = $1::bigint and state in ('finished', 'stopped') for update
    )
    delete from hcp_jobs_outcome using locked where job = locked.id
      and manifest in (select distinct manifest from hcp_jobs_outcome where job = $1::bigint and state = 'failed')`,

  lock: "select id from hcp_jobs_job where id = $1::bigint for update",
  addItems: `insert into hcp_jobs_item (job, manifest, path, version, hash, size, problem)
    select $1::bigint, (select max(number) + 1 from hcp_jobs_manifest where job = $1::bigint),
      value ->> 0, value ->> 1, sha256(convert_to((value ->> 1) || ' ' || (value ->> 0), 'UTF8')),
      (value ->> 2)::bigint, value ->> 3
    from json_array_elements($2::text::json) with ordinality as given (value, nth) order by nth
    on conflict (job, hash) do nothing`,
  addManifest: `insert into hcp_jobs_manifest (job, number, objects)
    select $1::bigint, number, (select count(*) from hcp_jobs_item where job = $1::bigint and manifest = number)
    from (select max(number) + 1 as number from hcp_jobs_manifest where job = $1::bigint) as next`,
  countManifest: `update hcp_jobs_job set
      total = total + added.objects,
      total_bytes = total_bytes
        + (select coalesce(sum(size), 0) from hcp_jobs_item where job = $1::bigint and manifest = added.number)
    from (
      select number, objects from hcp_jobs_manifest where job = $1::bigint order by number desc limit 1
    ) as added where id = $1::bigint`,
  planned: `with planned as (update hcp_jobs_job set planned = 1 where id = $1::bigint returning id)
    update hcp_jobs_manifest set settled = 1 from planned where job = planned.id and number = 0`,
  openItems: `select id, manifest, path, version, size, problem from hcp_jobs_item
    where job = $1::bigint and manifest = $2::bigint
      and not exists (select 1 from hcp_jobs_outcome where hcp_jobs_outcome.item = hcp_jobs_item.id)
    order by id`,
  allItems: `select id, manifest, path, version, size, problem from hcp_jobs_item
    where job = $1::bigint and manifest = $2::bigint order by id`,

  // Never more failures than the job allows: those that are too many stop it, and are no outcome.
  record: `with locked as materialized (
      select id, failed, (spec::json -> 'options' ->> 'maxFailures')::bigint as most
      from hcp_jobs_job where id = $1::bigint for update
    ), given as (
      select (value ->> 0)::bigint as item, (value ->> 1)::bigint as manifest, value ->> 2 as state,
        (value ->> 3)::bigint as bytes, value ->> 4 as reason, value ->> 5 as message,
        row_number() over (partition by value ->> 2 order by nth) as nth
      from json_array_elements($3::text::json) with ordinality as given (value, nth)
    )
    insert into hcp_jobs_outcome (item, job, manifest, state, bytes, reason, message, at)
    select item, locked.id, manifest, state, bytes, reason, message, $2::bigint from given, locked
    where state <> 'failed' or most is null or failed + nth <= most
    order by item
    on conflict (item) do nothing`,
  // All runners together take as many as one would.
  sample: `insert into hcp_jobs_sample (job, at, done, skipped, failed, bytes)
    select id, $2::bigint, done, skipped, failed, bytes from hcp_jobs_job
    where id = $1::bigint and not exists (
      select 1 from hcp_jobs_sample where job = $1::bigint
        and at > $2::bigint - greatest(1000, ($2::bigint - coalesce(started, $2::bigint)) / 500)
    )
    on conflict (job, at) do nothing`,
  failures: `select item, path, version, size, reason, message, at
    from hcp_jobs_outcome join hcp_jobs_item on hcp_jobs_item.id = item
    where hcp_jobs_outcome.job = $1::bigint and state = 'failed' and item > $2::bigint order by item limit $3::bigint`,
  reasons: `select reason, count(*) as count from hcp_jobs_outcome where job = $1::bigint and state = 'failed'
    group by reason order by count desc, reason`,
  omissions: `select what, count(*) as count
    from hcp_jobs_outcome, json_array_elements_text(case when state = 'failed' then '[]' else message end::json) as what
    where job = $1::bigint and message is not null group by what order by count desc, what`,
  samples: "select * from hcp_jobs_sample where job = $1::bigint order by at",

  states: `select id, state, failed, done + skipped as settled from hcp_jobs_job where ${open} order by id`,
  // The oldest one that waits, where not so many run already.
  next: `update hcp_jobs_job set state = 'running', started = coalesce(started, $2::bigint), ended = null, detail = null
    where state = 'waiting'
      and id = (select id from hcp_jobs_job where state = 'waiting' order by id limit 1 for update skip locked)
      and (select count(*) from hcp_jobs_job where state = 'running') < $1::bigint
    returning id`,
  unsent: `select number, attempt from hcp_jobs_manifest join hcp_jobs_job on hcp_jobs_job.id = job
    where job = $1::bigint and settled < objects and sent = 0 and state = 'running' and (number > 0 or problem is null)
    order by number limit greatest(0, $2::bigint - (
      select count(*) from hcp_jobs_manifest where job = $1::bigint and settled < objects and sent = 1
    ))`,
  sent: `update hcp_jobs_manifest set sent = 1, beat = ${now}
    where job = $1::bigint and number = $2::bigint and attempt = $3::int`,
  release: `update hcp_jobs_manifest set sent = 0, attempt = attempt + 1
    where job = $1::bigint and number = $2::bigint and attempt = $3::int`,
  attempt: `select state, attempt, objects - settled as open
    from hcp_jobs_manifest join hcp_jobs_job on hcp_jobs_job.id = job where job = $1::bigint and number = $2::bigint`,
  beat: `update hcp_jobs_manifest set beat = ${now}
    from json_array_elements($1::text::json) as given (value)
    where job = (value ->> 0)::bigint and number = (value ->> 1)::bigint`,
  stale: `select job, number, attempt from hcp_jobs_manifest join hcp_jobs_job on hcp_jobs_job.id = job
    where state = 'running' and settled < objects and sent = 1 and beat < ${now} - $1::bigint order by job, number`,
  settle: `update hcp_jobs_job set
      state = case when problem is null then 'finished' else 'stopped' end, detail = problem, ended = $1::bigint
    where state = 'running' and (planned = 1 or problem is not null) and done + skipped + failed = total
    returning id`,
  problem: `update hcp_jobs_job set problem = $2::text where id = $1::bigint and state in ('running', 'paused', 'waiting')`,

  take: `insert into hcp_jobs_limit as bucket (job, kind, free)
    values ($1::bigint, $2::text, ${now} + $3::double precision)
    on conflict (job, kind) do update
      set free = greatest(bucket.free, ${now} - $4::double precision) + $3::double precision
    returning free - $3::double precision - ${now} as wait`
}
