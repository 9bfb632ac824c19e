/**
 * The database of jobs: manifests, which never change once they are written, and a ledger of outcomes. The counts of a
 * job follow from the ledger by triggers, so that they cannot differ from it.
 *
 * @internal
 */
import type { Name } from "../store.ts"
import type { JournalName } from "./store.ts"

/** What brings a database from each version to the next one. The version is the number of those that were run. */
export const migrations: ReadonlyArray<string> = [
  `create table job (
     id integer primary key autoincrement,
     name text,
     spec text not null,
     state text not null,
     detail text,
     created integer not null,
     started integer,
     ended integer,
     planned integer not null default 0,
     total integer not null default 0,
     total_bytes integer not null default 0,
     done integer not null default 0,
     skipped integer not null default 0,
     failed integer not null default 0,
     bytes integer not null default 0
   ) strict;
   create table manifest (
     job integer not null,
     number integer not null,
     objects integer not null,
     settled integer not null default 0,
     primary key (job, number)
   ) strict, without rowid;
   create index manifest_open on manifest (job, number) where settled < objects;
   create table item (
     id integer primary key,
     job integer not null,
     manifest integer not null,
     path text not null,
     version text not null,
     size integer,
     problem text
   ) strict;
   create unique index item_path on item (job, path, version);
   create index item_manifest on item (job, manifest);
   create table outcome (
     item integer primary key,
     job integer not null,
     manifest integer not null,
     state text not null,
     bytes integer not null,
     reason text,
     message text,
     at integer not null
   ) strict;
   create index outcome_failed on outcome (job, item) where state = 'failed';
   create trigger outcome_added after insert on outcome begin
     update job set
       done = done + (new.state = 'done'),
       skipped = skipped + (new.state = 'skipped'),
       failed = failed + (new.state = 'failed'),
       bytes = bytes + new.bytes
     where id = new.job;
     update manifest set settled = settled + 1 where job = new.job and number = new.manifest;
   end;
   create trigger outcome_removed after delete on outcome begin
     update job set
       done = done - (old.state = 'done'),
       skipped = skipped - (old.state = 'skipped'),
       failed = failed - (old.state = 'failed'),
       bytes = bytes - old.bytes
     where id = old.job;
     update manifest set settled = settled - 1 where job = old.job and number = old.manifest;
   end;
   create table sample (
     job integer not null,
     at integer not null,
     done integer not null,
     skipped integer not null,
     failed integer not null,
     bytes integer not null,
     primary key (job, at)
   ) strict, without rowid;`
]

/** All statements that are ever run. */
export const statements = {
  submit: "insert into job (name, spec, state, created) values (?, ?, 'waiting', ?)",
  job: "select * from job where id = ?",
  jobs: "select * from job order by id",
  active: "select id, state from job where state in ('waiting', 'running', 'paused') order by id",

  begin: `update job set state = 'running', started = coalesce(started, ?2), ended = null, detail = null
    where id = ?1 and state in ('waiting', 'running')`,
  pause: "update job set state = 'paused' where id = ? and state in ('waiting', 'running')",
  resume:
    "update job set state = 'waiting', ended = null, detail = null where id = ? and state in ('paused', 'stopped')",
  cancel: "update job set state = 'cancelled', ended = ?2 where id = ?1 and state not in ('finished', 'cancelled')",
  finish: "update job set state = 'finished', ended = ?2 where id = ?1 and state = 'running'",
  stop: "update job set state = 'stopped', ended = ?2, detail = ?3 where id = ?1 and state = 'running'",
  retry: `update job set state = 'waiting', ended = null, detail = null
    where id = ? and state in ('finished', 'stopped')`,
  forgetFailures: `delete from outcome where job = ?1 and state = 'failed'
    and (select state from job where id = ?1) in ('finished', 'stopped')`,
  forgetManifests: `delete from outcome where job = ?1
    and manifest in (select distinct manifest from outcome where job = ?1 and state = 'failed')
    and (select state from job where id = ?1) in ('finished', 'stopped')`,

  // A transaction that writes has the database alone.
  lock: "update job set planned = planned where id = ?",
  addItems: `insert or ignore into item (job, manifest, path, version, size, problem)
    select ?1, (select coalesce(max(number), 0) + 1 from manifest where job = ?1),
      value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?2)`,
  addManifest: `insert into manifest (job, number, objects)
    select ?1, number, (select count(*) from item where job = ?1 and manifest = number)
    from (select coalesce(max(number), 0) + 1 as number from manifest where job = ?1)`,
  countManifest: `with last as (select max(number) as number from manifest where job = ?1)
    update job set
      total = total + (select objects from manifest where job = ?1 and number = (select number from last)),
      total_bytes = total_bytes
        + (select coalesce(sum(size), 0) from item where job = ?1 and manifest = (select number from last))
    where id = ?1`,
  planned: "update job set planned = 1 where id = ?",
  nextManifest: `select number from manifest where job = ? and number > ? and settled < objects order by number limit 1`,
  openItems: `select id, manifest, path, version, size, problem from item where job = ? and manifest = ?
    and not exists (select 1 from outcome where outcome.item = item.id) order by id`,
  allItems: "select id, manifest, path, version, size, problem from item where job = ? and manifest = ? order by id",

  record: `insert or ignore into outcome (item, job, manifest, state, bytes, reason, message, at)
    select value ->> 0, ?1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, ?2 from json_each(?3)`,
  sample: `insert or replace into sample (job, at, done, skipped, failed, bytes)
    select id, ?2, done, skipped, failed, bytes from job where id = ?1`,
  failures: `select item, path, version, size, reason, message, at from outcome join item on item.id = outcome.item
    where outcome.job = ? and state = 'failed' and outcome.item > ? order by outcome.item limit ?`,
  reasons: `select reason, count(*) as count from outcome where job = ? and state = 'failed'
    group by reason order by count desc, reason`,
  // What was left behind is written where a failure has its message.
  omissions: `select each.value as what, count(*) as count from outcome, json_each(outcome.message) each
    where job = ? and state in ('done', 'skipped') and message is not null group by what order by count desc, what`,
  samples: "select * from sample where job = ? order by at"
} as const satisfies Readonly<Record<Name | JournalName, string>>
