/**
 * `spool`: what is in the spool of a program on this computer, and what becomes of it.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/spool/Spool"
import type { Entry } from "@effect-hcp/spool/SpoolEntry"
import type { SpoolInUse, SpoolUnusable } from "@effect-hcp/spool/SpoolError"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure, notFound, partial, usage } from "../../Failure.ts"
import { asShown, command } from "../../internal/command.ts"
import { confirm, yes } from "../../internal/confirm.ts"
import { withNamespace } from "../../internal/connection.ts"
import { toggle } from "../../internal/flagForms.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import { countColumn, field, instant, sizeColumn, timeColumn } from "../../internal/show.ts"

const variable = "HCP_SPOOL_DIRECTORY"

const directory = Flag.Path("directory").pipe(
  Flag.withAlias("d"),
  Flag.withDescription(`The directory of the spool (default: ${variable})`),
  Flag.optional
)

/** The directory that is meant, with a spool in it: none is made. */
const directoryOf = Effect.fnUntraced(function* (given: Option.Option<string>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const named = yield* Config.option(Config.NonEmptyString(variable)).parse(yield* ConfigProvider.ConfigProvider)
  const found = Option.getOrUndefined(Option.orElse(given, () => named))
  if (found === undefined)
    return yield* usage("no spool is named", `name its directory with --directory or ${variable}`)
  if (!(yield* fs.exists(path.join(found, "spool.db")))) return yield* notFound(`there is no spool in ${found}`)
  return found
})

/** Opens a spool that sends nothing, so that no HCP has to be there. */
const opened = <A, E, R>(
  given: Option.Option<string>,
  use: (spool: Shape, directory: string) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const directory = yield* directoryOf(given)
    const [{ make }, { dry }, { Namespace }] = yield* Effect.promise(() =>
      Promise.all([
        import("@effect-hcp/spool/Spool"),
        import("@effect-hcp/spool/InputCheck"),
        import("@effect-hcp/sdk/Namespace")
      ])
    )
    const spool = yield* Effect.provideService(make({ directory, paused: true }), Namespace, dry)
    return yield* use(spool, directory)
  }).pipe(Effect.scoped)

const entryColumns: ReadonlyArray<Column> = [
  { name: "id", align: "right", width: 6 },
  { name: "kind", width: 13 },
  sizeColumn("size"),
  timeColumn("acceptedAt"),
  { name: "reason", width: 12 },
  { name: "path" },
  { name: "message" }
]

const rowOf = ({ acceptedAt, id, kind, parked, path, size }: Entry): Row => ({
  id,
  kind,
  size,
  acceptedAt: instant(acceptedAt),
  reason: field(parked?.reason),
  path,
  message: field(parked?.message)
})

const statusColumns: ReadonlyArray<Column> = [
  { name: "directory" },
  { name: "state" },
  countColumn("entries"),
  sizeColumn("bytes"),
  countColumn("parked"),
  timeColumn("oldest"),
  countColumn("pid"),
  { name: "host" }
]

const isInUse = (error: unknown): error is SpoolInUse => Predicate.isTagged(error, "SpoolInUse")

const status = command(
  "status",
  "Show how much is in a spool, and which process has it",
  [
    ["hcp spool status -d /var/spool/hcp", "Entries, bytes, what is parked, and since when the oldest waits"],
    [`${variable}=/var/spool/hcp hcp spool status -o json`, "For programs"]
  ],
  { directory },
  ({ directory }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const read = opened(directory, (spool, directory) =>
        Effect.map(
          spool.stats,
          ({ bytes, entries, oldest, parked }): Row => ({
            directory,
            state: entries === 0 ? "empty" : "idle",
            entries,
            bytes,
            parked,
            oldest: instant(oldest),
            pid: null,
            host: null
          })
        )
      )
      // The program that has it goes on meanwhile; who that is helps to ask.
      const row = yield* Effect.catchIf(read, isInUse, ({ directory, owner }) =>
        Effect.gen(function* () {
          const { look } = yield* Effect.promise(() => import("@effect-hcp/spool/Spool"))
          const { bytes, entries, oldest, parked } = yield* look(directory)
          const found: Row = {
            directory,
            state: "in use",
            entries,
            bytes,
            parked,
            oldest: instant(oldest),
            pid: field(owner?.pid),
            host: field(owner?.host)
          }
          return found
        })
      )
      yield* output.record(statusColumns, row)
      if (row.state === "in use") {
        yield* output.note("a program has it and brings what is in it to HCP; only that one can see to what is parked")
      }
    })
)

const parked = command(
  "parked",
  "List what HCP has refused",
  [["hcp spool parked -d /var/spool/hcp", "Each with its number, and why"]],
  { directory },
  ({ directory }) =>
    Effect.gen(function* () {
      const output = yield* Output
      yield* opened(directory, (spool) => output.rows(entryColumns, Stream.map(spool.parked, rowOf)))
    })
)

const ids = Argument.Int("id").pipe(
  Argument.withDescription("Numbers of entries, as `hcp spool parked` lists them"),
  Argument.variadic({ min: 0 })
)

const all = toggle("all", "All that are parked")

/** The entries that are meant: those of these numbers, or all that are parked. */
const chosen = Effect.fnUntraced(function* (spool: Shape, ids: ReadonlyArray<number>, all: boolean) {
  if (all === ids.length > 0) return yield* usage("give the numbers of entries, or --all")
  return all ? (yield* Stream.runCollect(spool.parked)).map(({ id }) => id) : ids
})

/** Does it to each; fails at the end where one of them is not there. */
const each = Effect.fnUntraced(function* (
  chosen: ReadonlyArray<number>,
  act: (id: number) => Effect.Effect<boolean, SpoolUnusable>,
  done: string,
  missing: string
) {
  const output = yield* Output
  let failed = 0
  for (const id of chosen) {
    const isDone = yield* act(id)
    if (!isDone) failed++
    yield* output.note(`${id} ${isDone ? done : missing}`)
  }
  if (failed > 0 && failed === chosen.length) return yield* notFound(`none of these is there: ${chosen.join(", ")}`)
  if (failed > 0) return yield* partial(failed, chosen.length)
})

const retry = command(
  "retry",
  "Let entries go to HCP again that are parked",
  [
    ["hcp spool retry 42 -d /var/spool/hcp", "One of them"],
    ["hcp spool retry --all -d /var/spool/hcp && hcp spool drain -d /var/spool/hcp", "All, and brings them at once"]
  ],
  { ids, all, directory },
  ({ all, directory, ids }) =>
    opened(directory, (spool) =>
      Effect.flatMap(chosen(spool, ids, all), (chosen) =>
        each(chosen, spool.retry, "goes to HCP with the next drain", "is not parked")
      )
    )
)

const discard = command(
  "discard",
  "Give up entries: HCP will not have them",
  [
    ["hcp spool discard 42 -d /var/spool/hcp", "Asks before"],
    ["hcp spool discard --all --yes -d /var/spool/hcp", "All that are parked, without asking"]
  ],
  { ids, all, yes, directory },
  ({ all, directory, ids, yes }) =>
    opened(directory, (spool) =>
      Effect.gen(function* () {
        const numbers = yield* chosen(spool, ids, all)
        if (numbers.length === 0) return
        const count = `${numbers.length} ${numbers.length === 1 ? "entry" : "entries"}`
        yield* confirm(`give up ${count} that HCP does not have (${numbers.slice(0, 5).join(", ")})`, yes)
        yield* each(numbers, spool.discard, "is given up", "is not in the spool")
      })
    )
)

const drain = command(
  "drain",
  "Bring what is in a spool to HCP",
  [
    ["hcp spool drain -d /var/spool/hcp --profile lab", "Fails where the systems cannot be reached"],
    ["hcp spool drain -d /var/spool/hcp --wait", "Waits until they can"]
  ],
  {
    directory,
    concurrency: Flag.Int("concurrency").pipe(
      Flag.filter(
        (value) => value >= 1 && value <= 256,
        (value) => `Expected 1 to 256, got ${value}`
      ),
      Flag.withDescription("Entries on their way at a time, 1 to 256 (default: 16)"),
      Flag.withDefault(16)
    ),
    wait: toggle("wait", "Waits for systems that cannot be reached, without end")
  },
  ({ concurrency, directory, wait }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const at = yield* directoryOf(directory)
      const { make } = yield* Effect.promise(() => import("@effect-hcp/spool/Spool"))
      yield* withNamespace({ _tag: "Hcp", profile: undefined, path: "/" }, (ns) =>
        Effect.gen(function* () {
          const { Namespace } = yield* Effect.promise(() => import("@effect-hcp/sdk/Namespace"))
          const spool = yield* Effect.provideService(make({ directory: at, concurrency, paused: true }), Namespace, ns)
          yield* drained(spool, wait, at, output)
        }).pipe(Effect.scoped)
      )
    })
)

/** Drains it, and says what came of the entries. */
const drained = Effect.fnUntraced(function* (spool: Shape, wait: boolean, at: string, output: Output["Service"]) {
  const before = yield* spool.stats
  const isWatched = yield* Deferred.make<void>()
  let delivered = 0
  const watched = spool.changes.pipe(
    Stream.onStart(Deferred.succeed(isWatched, undefined)),
    Stream.runForEach((change) => {
      switch (change._tag) {
        case "Delivered":
          delivered++
          return output.isTerminal ? output.progress([`${delivered} of ${before.entries} are at HCP`]) : Effect.void
        case "Away":
          return wait ? output.note(`waiting: ${change.message}`) : Effect.fail(away(change.message))
        default:
          return Effect.void
      }
    }),
    Effect.andThen(Effect.never)
  )
  const draining = Deferred.await(isWatched).pipe(Effect.andThen(spool.resume), Effect.andThen(spool.drain))
  yield* Effect.raceFirst(watched, draining).pipe(
    Effect.ensuring(output.isTerminal ? output.progress([]) : Effect.void)
  )
  const after = yield* spool.stats
  yield* output.record([{ name: "directory" }, ...["delivered", "parked", "left"].map(countColumn)], {
    directory: at,
    delivered: before.entries - after.entries,
    parked: after.parked,
    left: after.entries
  })
  if (after.parked > 0) {
    yield* output.note(`see why with: hcp spool parked -d ${at}`)
    return yield* partial(after.entries, before.entries)
  }
})

const away = (message: string): Failure =>
  new Failure({
    error: "Away",
    message,
    hint: "what is in the spool stays there; try again later, or wait with --wait",
    code: codes.unreachable
  })

/** @internal */
export const spool = Command.make("spool").pipe(
  Command.withDescription("See what a spool has not brought to HCP yet, and see to it"),
  Command.withExamples(
    asShown([
      ["hcp spool status -d /var/spool/hcp", "What HCP does not have yet"],
      ["hcp spool drain -d /var/spool/hcp", "Brings it there"]
    ])
  ),
  Command.withSubcommands([status, drain, parked, retry, discard])
)
