/**
 * The database of jobs in PostgreSQL, by the client that the program has.
 *
 * @internal
 */
import { integer } from "@effect-hcp/spool/SqliteDatabase"
import type { Statement } from "@effect-hcp/spool/SqliteSchema"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { JobsUnusable } from "../../JobError.ts"
import type { Database, Name } from "../store.ts"
import { type ClusterName, migrations, prefix, statements } from "./schema.ts"

/** @internal */
export type ClusterDatabase = Database<Name | ClusterName>

/** How long a server may take for one statement before it counts as away. */
const patience = "30 seconds"

/** How long a process that is frozen in the middle of a transaction may hold its locks, for which all others wait. */
const mostIdle = "10 s"

/** How long somebody who only looks waits for a server that is away. */
const looksFor = "1 minute"

const pauses = Schedule.min([Schedule.exponential(200, 1.5), Schedule.spaced("5 seconds")])

const isAway = ({ reason }: JobsUnusable): boolean => reason === "Unreachable"

/**
 * Brings the database to the newest version. A process that `runs` jobs waits for a server that is away for as long as
 * it takes, in all that it does; its statements may be run twice. Any other one waits a minute when it looks, and does
 * not when it changes something, as it cannot know whether that was done.
 */
export const open = (sql: SqlClient, runs: boolean): Effect.Effect<ClusterDatabase, JobsUnusable> =>
  Effect.gen(function* () {
    const client = sql.withoutTransforms()
    const isPostgres = client.onDialectOrElse({ pg: () => true, orElse: () => false })
    if (!isPostgres) return yield* unusable("Failed", "it is no PostgreSQL; give the client of @effect/sql-pg")
    const run = ({ name, values }: Statement<Name | ClusterName>) =>
      client.unsafe<Readonly<Record<string, unknown>>>(
        statements[name],
        values.map((value) => value ?? null)
      )
    const timely = <A>(effect: Effect.Effect<A, SqlError | JobsUnusable>): Effect.Effect<A, JobsUnusable> =>
      effect.pipe(
        Effect.catchCause((cause) => {
          // A transaction whose connection is lost dies of the rollback that fails.
          const error = Cause.squash(cause)
          if (isSqlError(error)) return Effect.fail(toUnusable(error))
          return error instanceof JobsUnusable ? Effect.fail(error) : Effect.failCause(Cause.map(cause, toUnusable))
        }),
        Effect.timeoutOrElse({
          duration: patience,
          orElse: () => unusable("Unreachable", `the server has not answered for ${patience}`)
        })
      )
    const forEver = { while: isAway, schedule: pauses }
    const patiently = runs
      ? <A>(effect: Effect.Effect<A, JobsUnusable>) => Effect.retry(effect, forEver)
      : <A>(effect: Effect.Effect<A, JobsUnusable>) =>
          Effect.retry(effect, { while: isAway, schedule: Schedule.upTo(pauses, { duration: looksFor }) })
    const repeated = runs ? patiently : <A>(effect: Effect.Effect<A, JobsUnusable>) => effect
    const together = (given: ReadonlyArray<Statement<Name | ClusterName>>) =>
      client.withTransaction(
        Effect.andThen(
          client.unsafe(`set local idle_in_transaction_session_timeout = '${mostIdle}'`),
          Effect.map(Effect.forEach(given, run), (rows) => rows.at(-1) ?? [])
        )
      )
    yield* timely(client.withTransaction(migrate(client)))
    if (runs) yield* timely(warnOfFrozen(client))
    return {
      write: (...given) => {
        const [only] = given
        const written = given.length === 1 && only !== undefined ? run(only) : together(given)
        return repeated(
          Effect.map(timely(written), (rows) => ({ changes: rows.length, lastId: integer(rows.at(-1), "id") }))
        )
      },
      all: (name, ...values) => patiently(timely(run({ name, values })))
    }
  })

/** The transactions of `effect/cluster` are not ours to bound. */
const warnOfFrozen = (client: SqlClient): Effect.Effect<void, SqlError> =>
  Effect.flatMap(
    client.unsafe<Readonly<Record<string, unknown>>>("show idle_in_transaction_session_timeout"),
    ([row]) =>
      row?.idle_in_transaction_session_timeout === "0"
        ? Effect.logWarning(
            "a runner that is frozen in the middle of a transaction holds up all others: give the client " +
              "startupParameters: Jobs.startupParameters, or set idle_in_transaction_session_timeout in PostgreSQL"
          )
        : Effect.void
  )

/** Runners that start at the same time take turns. */
const migrate = (client: SqlClient): Effect.Effect<void, SqlError | JobsUnusable> =>
  Effect.gen(function* () {
    yield* client.unsafe("select pg_advisory_xact_lock(hashtext($1::text))", [`${prefix}_version`])
    yield* client.unsafe(`create table if not exists ${prefix}_version (version int not null)`)
    const [row] = yield* client.unsafe<Readonly<Record<string, unknown>>>(`select version from ${prefix}_version`)
    const version = integer(row, "version")
    if (version > migrations.length) {
      return yield* unusable("NewerVersion", "a newer program has made its tables; update this program")
    }
    for (const statement of migrations.slice(version).flat()) yield* client.unsafe(statement)
    if (version === migrations.length) return
    yield* client.unsafe(
      row === undefined
        ? `insert into ${prefix}_version values ($1::int)`
        : `update ${prefix}_version set version = $1::int`,
      [migrations.length]
    )
  })

const unusable = (reason: JobsUnusable["reason"], detail: string): Effect.Effect<never, JobsUnusable> =>
  Effect.fail(new JobsUnusable({ place: "PostgreSQL", reason, detail }))

const toUnusable = (error: SqlError | JobsUnusable): JobsUnusable => {
  if (error._tag === "JobsUnusable") return error
  const code = codeOf(error.reason.cause)
  const detail = error.message
  if (code === "53100") {
    return new JobsUnusable({
      place: "PostgreSQL",
      reason: "NoSpace",
      detail: "no space is left on the disk of the server"
    })
  }
  // A connection that is lost has many names, and none of these codes.
  return lasting.test(code)
    ? new JobsUnusable({ place: "PostgreSQL", reason: "Failed", detail })
    : new JobsUnusable({ place: "PostgreSQL", reason: "Unreachable", detail })
}

/** What fails again when it is tried again: wrong data, broken rules, no right, no database, wrong statements. */
const lasting = /^(?:0A|22|23|28|3D|3F|42)/

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""
