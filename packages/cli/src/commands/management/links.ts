/**
 * `link`: the replication links of a system.
 *
 * @internal
 */
import type { Link } from "@effect-hcp/sdk/mapi/Link"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { asShown, command } from "../../internal/command.ts"
import { confirm, yes } from "../../internal/confirm.ts"
import { optionalText, optionalTimes, toggle } from "../../internal/flagForms.ts"
import { inManagement, type Management } from "../../internal/management.ts"
import type { Column, Row } from "../../internal/row.ts"
import { countColumn, field, sizeColumn } from "../../internal/show.ts"
import { spanFlag } from "./flags.ts"
import * as Names from "./names.ts"

const name = Names.argument("link", "Name of the link")

const columns: ReadonlyArray<Column> = [
  { name: "name" },
  { name: "type", width: 13 },
  { name: "status", width: 7 },
  { name: "statusMessage", width: 18 },
  { name: "suspended", width: 5 },
  countColumn("objectsPending"),
  sizeColumn("bytesPending"),
  { name: "upToDateAsOf" }
]

const rowOf = (link: Link): Row => ({
  name: field(link.name),
  type: field(link.type),
  status: field(link.status),
  statusMessage: field(link.statusMessage),
  suspended: field(link.suspended),
  objectsPending: field(link.statistics?.objectsPending),
  bytesPending: field(link.statistics?.bytesPending),
  upToDateAsOf: field(link.statistics?.upToDateAsOfString)
})

const list = command(
  "list",
  "List the replication links of the system, and how they are doing",
  [["hcp link list", "Status, and what is pending"]],
  {},
  () =>
    inManagement(({ output, sdk: { Replication } }) =>
      output.rows(
        columns,
        Stream.mapEffect(
          Replication.links.list(),
          (name) => Effect.map(Replication.links.get(name), (link) => rowOf({ ...link, name })),
          { concurrency: 4 }
        )
      )
    )
)

const show = command(
  "show",
  "Show a replication link",
  [["hcp link show east-west", "Its settings, status and statistics"]],
  { name },
  ({ name }) => inManagement((management) => Names.show(management, management.sdk.Replication.links.get(name)))
)

const watch = command(
  "watch",
  "Watch a replication link",
  [
    ["hcp link watch east-west", "A line every 5 seconds"],
    ["hcp link watch east-west --until 'Failed over' --timeout 10m", "Until its status message is this one"]
  ],
  {
    name,
    every: spanFlag("every", "How often it is looked at (default: 5s)"),
    count: optionalTimes("count", "How often it is looked at in all (default: for ever)"),
    until: optionalText("until", "Ends when its status message is this one, in any letter case"),
    timeout: spanFlag("timeout", "With --until: fails after this time (default: never)")
  },
  ({ count, every, name, timeout, until }) =>
    Effect.gen(function* () {
      if (Option.isSome(timeout) && Option.isNone(until)) {
        return yield* usage("--timeout needs --until", "without it, say with --count how often it is looked at")
      }
      yield* inManagement(({ output, sdk: { Replication } }) => {
        const spaced = Schedule.spaced(Option.getOrElse(every, () => 5000))
        const schedule = Option.match(count, {
          onNone: () => spaced,
          onSome: (times) => Schedule.upTo(spaced, { times: Math.max(0, times - 1) })
        })
        const wanted = Option.map(until, (message) => message.toLowerCase())
        const isReached = (link: Link) => Option.isSome(wanted) && link.statusMessage?.toLowerCase() === wanted.value
        const looks = Replication.watchLink(name, { schedule })
        if (Option.isNone(wanted)) return output.rows(columns, Stream.map(looks, rowOf))
        return Effect.flatMap(
          Replication.awaitLinkState(name, isReached, {
            schedule,
            timeout: Option.getOrUndefined(timeout),
            onLook: (link) => output.note(`${link.statusMessage ?? "no message"}`)
          }),
          (link) => output.rows(columns, Stream.succeed(rowOf(link)))
        )
      })
    })
)

const acted =
  (action: "failOver" | "failBack", done: string) => (management: Management, name: string, isDry: boolean) =>
    Effect.gen(function* () {
      const { output, sdk } = management
      // An action that does not suit the link is refused with --dry-run as well.
      const { type } = yield* sdk.Replication.links.get(name)
      yield* Effect.fromResult(sdk.LinkAction.fromData(action, type))
      if (isDry) return yield* output.note(`would have ${done} ${name}`)
      yield* sdk.Replication.performNamed(name, action, type)
      yield* output.note(`${done} ${name}; see how it goes with \`hcp link watch ${name}\``)
    })

const dryRun = toggle("dry-run", "Only says what would be done")

const failOver = command(
  "fail-over",
  "Fail a link over: the system of the profile takes over",
  [["hcp link fail-over east-west", "Asks before it does"]],
  { name, yes, dryRun },
  ({ dryRun, name, yes }) =>
    Effect.andThen(
      confirm(`fail the link ${name} over to this system`, yes || dryRun),
      inManagement((management) => acted("failOver", "failed over")(management, name, dryRun))
    )
)

const failBack = command(
  "fail-back",
  "Fail an active/active link back",
  [["hcp link fail-back east-west --yes", "Without asking"]],
  { name, yes, dryRun },
  ({ dryRun, name, yes }) =>
    Effect.andThen(
      confirm(`fail the link ${name} back`, yes || dryRun),
      inManagement((management) => acted("failBack", "failed back")(management, name, dryRun))
    )
)

/** @internal */
export const link = Command.make("link").pipe(
  Command.withDescription("Replication links: how they are doing, fail-over and fail-back"),
  Command.withExamples(
    asShown([
      ["hcp link list", "How they are doing"],
      ["hcp link watch east-west --until 'Failed over'", "Waits for it"]
    ])
  ),
  Command.withSubcommands([list, show, watch, failOver, failBack])
)
