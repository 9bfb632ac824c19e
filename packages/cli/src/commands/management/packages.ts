/**
 * `logs` and `health`: packages that HCP prepares, and that are downloaded when they are ready.
 *
 * @internal
 */
import type { Download, PackageStatus, Progress } from "@effect-hcp/sdk/mapi/Package"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { asShown, command } from "../../internal/command.ts"
import { toggle } from "../../internal/flagForms.ts"
import { inManagement, type Management } from "../../internal/management.ts"
import * as ProgressLine from "../../internal/progressLine.ts"
import { instantFlag, spanFlag } from "./flags.ts"

const file = Argument.String("file").pipe(
  Argument.withDescription("Where it is stored: a file, or a folder (default: this folder)"),
  Argument.withDefault("./")
)

const flags = {
  file,
  from: instantFlag("from", "First day (default: today)"),
  to: instantFlag("to", "Last day (default: today)"),
  nodes: Flag.Int("node").pipe(
    Flag.withDescription("Number of a node, the last part of its address; may be given several times (default: all)"),
    Flag.atLeast(0)
  ),
  every: spanFlag("every", "How often HCP is asked whether it is ready (default: 5s)"),
  timeout: spanFlag("timeout", "How long it may take until it is ready (default: without end)"),
  takeOver: toggle("take-over", "Cancels a package that somebody else may have requested"),
  replace: toggle("replace", "Replaces a file that is there")
}

interface Waiting {
  readonly every: Option.Option<number>
  readonly timeout: Option.Option<number>
  readonly takeOver: boolean
}

const scheduleOf = ({ every, timeout }: Waiting) => {
  const spaced = Schedule.spaced(Option.getOrElse(every, () => 5000))
  return Option.match(timeout, {
    onNone: () => spaced,
    onSome: (millis) => Schedule.upTo(spaced, { duration: millis })
  })
}

/**
 * Where the package comes to, with a slash at the end where that is a folder. Fails where no file can come there: HCP
 * may take hours to prepare what is to be in it, and nobody wants to begin anew.
 */
const checkedPlace = Effect.fnUntraced(function* (file: string, replace: boolean) {
  const fs = yield* FileSystem.FileSystem
  const DraftFile = yield* Effect.promise(() => import("@effect-hcp/sdk/DraftFile"))
  const found = file.endsWith("/") ? yield* fs.stat(file) : yield* Effect.orElseSucceed(fs.stat(file), () => undefined)
  const isFolder = found?.type === "Directory"
  const folder = file.replace(/\/?$/, "/")
  yield* Effect.scoped(DraftFile.make(isFolder ? `${folder}package` : file, { replace: replace || isFolder }))
  return isFolder ? folder : file
})

/** Collects a package, with what it does on standard error, and stores it as a file. */
const collected = <E, R>(
  { output, sdk }: Management,
  to: { readonly file: string; readonly replace: boolean },
  collect: (onProgress: (progress: Progress) => Effect.Effect<void>) => Effect.Effect<Download, E, R | Scope.Scope>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const place = yield* checkedPlace(to.file, to.replace)
      const line = yield* ProgressLine.make
      let isTold = false
      const download = yield* collect((progress) => {
        if (progress.phase !== "preparing") return line({ transferred: progress.bytes, total: undefined })
        if (isTold) return Effect.void
        isTold = true
        return output.note("HCP prepares the package")
      })
      const { bytes, path } = yield* sdk.Package.save(download, place, { replace: to.replace })
      yield* output.record([{ name: "path" }, { name: "bytes" }], { path, bytes })
    })
  )

const status = (name: string, description: string, of: (management: Management) => ReturnType<typeof statusOf>) =>
  command("status", description, [[`hcp ${name} status`, "Idle, preparing, ready"]], {}, () =>
    inManagement((management) =>
      Effect.flatMap(of(management), ({ _tag, content }: PackageStatus) =>
        management.output.record([{ name: "status" }, { name: "content" }], {
          status: _tag.toLowerCase(),
          content: content.join(",")
        })
      )
    )
  )

const statusOf = ({ sdk }: Management) => sdk.Logs.status

const collectLogs = command(
  "collect",
  "Request the internal logs of the system, wait, and store them as a file",
  [
    ["hcp logs collect", "Of today, into this folder"],
    ["hcp logs collect support/ --from 2026-01-30 --to 2026-01-31 --content ACCESS", "The access logs of two days"]
  ],
  {
    ...flags,
    content: Flag.Literals("content", ["ACCESS", "SYSTEM", "SERVICE", "APPLICATION"]).pipe(
      Flag.withDescription("A type of logs; may be given several times (default: all)"),
      Flag.atLeast(0)
    )
  },
  ({ content, every, file, from, nodes, replace, takeOver, timeout, to }) =>
    inManagement((management) =>
      collected(management, { file, replace }, (onProgress) =>
        management.sdk.Logs.collect({
          from: Option.getOrUndefined(from),
          to: Option.getOrUndefined(to),
          nodes: nodes.length === 0 ? undefined : nodes,
          content: content.length === 0 ? undefined : content,
          schedule: scheduleOf({ every, timeout, takeOver }),
          replace: takeOver,
          onProgress
        })
      )
    )
)

const collectHealth = command(
  "collect",
  "Request the health check report of the system, wait, and store it as a file",
  [["hcp health collect report.zip", "The report of now"]],
  flags,
  ({ every, file, from, nodes, replace, takeOver, timeout, to }) =>
    inManagement((management) =>
      collected(management, { file, replace }, (onProgress) =>
        management.sdk.HealthCheck.collect({
          from: Option.getOrUndefined(from),
          to: Option.getOrUndefined(to),
          nodes: nodes.length === 0 ? undefined : nodes,
          schedule: scheduleOf({ every, timeout, takeOver }),
          replace: takeOver,
          onProgress
        })
      )
    )
)

/** @internal */
export const logs = Command.make("logs").pipe(
  Command.withDescription("The internal logs of the system"),
  Command.withExamples(
    asShown([
      ["hcp logs status", "Idle, preparing, ready"],
      ["hcp logs collect logs.zip --from 2026-02-01", "Asks for them, waits, and stores them"]
    ])
  ),
  Command.withSubcommands([
    collectLogs,
    status("logs", "Show whether a package of logs is being prepared", ({ sdk }) => sdk.Logs.status)
  ])
)

/** @internal */
export const health = Command.make("health").pipe(
  Command.withDescription("The health check report of the system"),
  Command.withExamples(asShown([["hcp health collect report.zip", "Asks for the report, waits, and stores it"]])),
  Command.withSubcommands([
    collectHealth,
    status("health", "Show whether a report is being prepared", ({ sdk }) => sdk.HealthCheck.status)
  ])
)
