/**
 * `cp` and `mv`: files and folders into a namespace and out of it, and objects inside one.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import type { Entry, Outcome } from "@effect-hcp/sdk/Transfer"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure, fromError, partial, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import { matcher } from "../../internal/patterns.ts"
import * as Place from "../../internal/place.ts"
import * as ProgressLine from "../../internal/progressLine.ts"
import { bytes, field, sizeColumn } from "../../internal/show.ts"
import * as StoreFlags from "../../internal/storeFlags.ts"

const places = {
  source: Argument.String("source").pipe(
    Argument.withDescription(
      "/path or PROFILE:/path of HCP, a file or folder of this computer, or - for standard input"
    )
  ),
  destination: Argument.String("destination").pipe(
    Argument.withDescription("As the source; what ends with / is a directory that the name is added to")
  )
}

const columns: ReadonlyArray<Column> = [
  { name: "outcome", width: 7 },
  sizeColumn("size"),
  { name: "local" },
  { name: "path" },
  { name: "message" }
]

const rowOf = (one: Outcome): Row => ({
  outcome: one._tag.toLowerCase(),
  size: field(one.size),
  local: one.local,
  path: one.path,
  message: one._tag === "Failed" ? one.error.message : one._tag === "Skipped" ? one.reason : null
})

/** The name that a directory gets: `/a/` and `b.txt` are `/a/b.txt`. */
const inside = (path: string, name: string): string => (path.endsWith("/") ? path + name : path)

const baseName = (path: string): string => path.replace(/[/\\]+$/, "").replace(/^.*[/\\]/s, "")

interface Options {
  readonly recursive: boolean
  readonly dryRun: boolean
  readonly ifExists: "fail" | "skip" | "replace" | "version"
  readonly retention: Option.Option<string>
  readonly index: Option.Option<boolean>
  readonly concurrency: number
  readonly include: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
}

/** What is the same both ways. A folder is gone into whatever its name is, unless it is excluded. */
const common = ({ concurrency, dryRun, exclude, include }: Options) => {
  const isIncluded = matcher(include)
  const isExcluded = matcher(exclude)
  return {
    concurrency,
    plan: dryRun,
    include: ({ kind, name }: Entry) =>
      !isExcluded(name) && (include.length === 0 || kind === "folder" || isIncluded(name))
  }
}

const upload = Effect.fnUntraced(function* (ns: Shape, source: string, to: Place.HcpPlace, options: Options) {
  const output = yield* Output
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* fs.stat(source)
  const settings = {
    retention: yield* StoreFlags.parseRetention(options.retention),
    index: Option.getOrUndefined(options.index)
  }
  const onProgress = yield* ProgressLine.make
  const ifExists = StoreFlags.toIfExists(options.ifExists)
  if (type !== "Directory") {
    const path = inside(to.path, baseName(source))
    if (options.dryRun) return yield* output.note(`would store ${path}`)
    const { file } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
    yield* ns.put(path, file(source), { ...settings, ifExists, onProgress })
    return yield* output.note(`stored ${path}`)
  }
  if (!options.recursive) return yield* usage(`${source} is a folder`, "copy it with --recursive")
  const Transfer = yield* Effect.promise(() => import("@effect-hcp/sdk/Transfer"))
  yield* report(
    Transfer.upload(source, inside(to.path, baseName(source)), {
      ...common(options),
      ifExists,
      put: settings,
      onProgress
    })
  )
})

const download = Effect.fnUntraced(function* (ns: Shape, from: Place.HcpPlace, destination: string, options: Options) {
  const output = yield* Output
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (options.ifExists === "version") return yield* usage("--if-exists version is for HCP: a file has no versions")
  if (Option.isSome(options.retention)) return yield* usage("--retention is for what is stored in HCP")
  const onProgress = yield* ProgressLine.make
  const { type } = yield* ns.head(from.path)
  const isFolder =
    destination.endsWith(path.sep) ||
    (yield* Effect.orElseSucceed(
      Effect.map(fs.stat(destination), (found) => found.type === "Directory"),
      () => false
    ))
  if (type === "directory") {
    if (!options.recursive) return yield* usage(`${from.path} is a directory`, "copy it with --recursive")
    const Transfer = yield* Effect.promise(() => import("@effect-hcp/sdk/Transfer"))
    const folder = isFolder ? path.join(destination, baseName(from.path)) : destination
    return yield* report(
      Transfer.download(from.path, folder, { ...common(options), ifExists: options.ifExists, onProgress })
    )
  }
  const file = isFolder ? path.join(destination, baseName(from.path)) : destination
  if (options.dryRun) return yield* output.note(`would write ${file}`)
  if (options.ifExists === "skip" && (yield* fs.exists(file))) return yield* output.note(`${file} is there`)
  const DraftFile = yield* Effect.promise(() => import("@effect-hcp/sdk/DraftFile"))
  const draft = yield* DraftFile.make(file, { replace: options.ifExists === "replace" })
  yield* draft.append(ns.stream(from.path, { onProgress, resume: true }))
  yield* draft.finish
  yield* output.note(`wrote ${file}`)
}, Effect.scoped)

/** Prints what came of each entry: to people only what failed, and the sums. */
const report = Effect.fnUntraced(function* <E, R>(outcomes: Stream.Stream<Outcome, E, R>) {
  const output = yield* Output
  const counts = { done: 0, planned: 0, skipped: 0, failed: 0, bytes: 0 }
  const counted = Stream.tap(outcomes, (one) =>
    Effect.sync(() => {
      if (one._tag === "Failed") counts.failed++
      else if (one._tag === "Skipped") counts.skipped++
      else if (one._tag === "Planned") counts.planned++
      else counts.done++
      if (one._tag === "Stored" || one._tag === "Fetched" || one._tag === "Planned") counts.bytes += one.size ?? 0
    })
  )
  const shown = Stream.filter(
    counted,
    ({ _tag }) => output.format !== "table" || _tag === "Failed" || _tag === "Planned"
  )
  yield* output.rows(columns, Stream.map(shown, rowOf))
  const { done, failed, planned, skipped } = counts
  yield* output.note(
    planned > 0
      ? `${planned} to copy, ${bytes(counts.bytes)}; ${skipped} are there`
      : `${done} copied, ${bytes(counts.bytes)}; ${skipped} skipped, ${failed} failed`
  )
  if (failed > 0) return yield* partial(failed, done + skipped + failed)
})

const copyInside = Effect.fnUntraced(function* (ns: Shape, from: string, to: string, options: Options) {
  const { ifExists } = options
  if (ifExists === "skip" || ifExists === "replace") {
    return yield* usage(`--if-exists ${ifExists} is not for copies inside HCP`, "take fail or version")
  }
  const retention = yield* StoreFlags.parseRetention(options.retention)
  const path = inside(to, baseName(from))
  if (!options.dryRun) {
    yield* ns.copy(from, path, {
      ifExists: ifExists === "version" ? "newVersion" : "fail",
      metadata: "all",
      retention,
      index: Option.getOrUndefined(options.index)
    })
  }
  return path
})

/** Says how a file of this computer is written, where one was meant. */
const orLocal = <A, E, R>(place: Place.HcpPlace, effect: Effect.Effect<A, E, R>) =>
  Effect.tapError(effect, (error) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { code, message } = fromError(error)
      if (code !== codes.notFound || place.profile !== undefined || !(yield* fs.exists(place.path))) return
      return yield* new Failure({
        error: "NotFound",
        message,
        hint: `for the file of this computer write file:${place.path}`,
        code
      })
    })
  )

const isSameProfile = (a: Place.HcpPlace, b: Place.HcpPlace): boolean => a.profile === b.profile

/** @internal */
export const cp = command(
  "cp",
  "Copy files and folders to HCP and from it, and objects inside it",
  [
    ["hcp cp scan.pdf /invoices/ --retention A+10y", "A file, kept for ten years"],
    ["hcp cp -r scans/2026 /scans/2026 --if-exists skip", "A folder; again, it goes on where it was"],
    ["hcp cp -r /scans/2026 ./2026", "A directory of HCP into a folder"],
    ["hcp cp /a.pdf /archive/a.pdf", "Inside HCP, without moving the data"]
  ],
  {
    ...places,
    recursive: Flag.Boolean("recursive").pipe(
      Flag.withAlias("r"),
      Flag.withDescription("A folder or directory with everything in it"),
      Flag.withDefault(false)
    ),
    dryRun: Flag.Boolean("dry-run").pipe(Flag.withDescription("Only says what would be done"), Flag.withDefault(false)),
    ifExists: StoreFlags.ifExists,
    retention: StoreFlags.retention,
    index: StoreFlags.index,
    include: Flag.String("include").pipe(
      Flag.withDescription("Pattern of files that are wanted; may be given several times (default: all)"),
      Flag.atLeast(0)
    ),
    exclude: Flag.String("exclude").pipe(
      Flag.withDescription("Pattern of files and folders that are not wanted; may be given several times"),
      Flag.atLeast(0)
    ),
    concurrency: Flag.Int("concurrency").pipe(
      Flag.withDescription("How many files are under way at a time (default: 8)"),
      Flag.withDefault(8)
    )
  },
  ({ destination, source, ...options }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const from = yield* Effect.fromResult(Place.parse(source))
      const to = yield* Effect.fromResult(Place.parse(destination))
      if (from._tag === "Hcp") {
        if (to._tag === "Local") {
          return yield* orLocal(
            from,
            withNamespace(from, (ns) => download(ns, from, to.path, options))
          )
        }
        if (to._tag === "Standard") return yield* withNamespace(from, (ns) => output.raw(ns.stream(from.path)))
        if (!isSameProfile(from, to)) {
          return yield* usage("the places are of two profiles", "copy to this computer, and from there")
        }
        const path = yield* orLocal(
          from,
          withNamespace(from, (ns) => copyInside(ns, from.path, to.path, options))
        )
        return yield* output.note(`${options.dryRun ? "would copy to" : "copied to"} ${path}`)
      }
      if (to._tag !== "Hcp") return yield* usage("neither of the places is in HCP", "write /path, or PROFILE:/path")
      if (from._tag === "Local")
        return yield* withNamespace(to, (ns) => Effect.scoped(upload(ns, from.path, to, options)))
      const retention = yield* StoreFlags.parseRetention(options.retention)
      const { stdin } = yield* Stdio.Stdio
      const { streamOnce } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
      yield* withNamespace(to, (ns) =>
        ns.put(to.path, streamOnce(stdin), {
          ifExists: StoreFlags.toIfExists(options.ifExists),
          retention,
          index: Option.getOrUndefined(options.index)
        })
      )
    })
)

/** @internal */
export const mv = command(
  "mv",
  "Move an object inside a namespace",
  [["hcp mv /inbox/42.pdf /invoices/", "It is copied with its metadata, compared, and then deleted where it was"]],
  {
    source: Argument.String("source").pipe(Argument.withDescription("Object: /path, or PROFILE:/path")),
    destination: Argument.String("destination").pipe(
      Argument.withDescription("Where to; what ends with / is a directory that the name is added to")
    ),
    dryRun: Flag.Boolean("dry-run").pipe(Flag.withDescription("Only says what would be done"), Flag.withDefault(false))
  },
  ({ destination, dryRun, source }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const from = yield* Effect.fromResult(Place.parseHcp(source))
      const to = yield* Effect.fromResult(Place.parseHcp(destination))
      if (!isSameProfile(from, to)) return yield* usage("the places are of two profiles", "copy it, and delete it then")
      const path = inside(to.path, baseName(from.path))
      if (path === from.path) return yield* usage("source and destination are the same")
      if (dryRun) return yield* output.note(`would move ${from.path} to ${path}`)
      yield* withNamespace(from, (ns) =>
        Effect.gen(function* () {
          const before = yield* ns.head(from.path)
          if (before.type === "directory") return yield* usage(`${from.path} is a directory`, "move its objects")
          yield* ns.copy(from.path, path, {
            metadata: "all",
            ...(before.etag === undefined ? {} : { source: { ifMatch: [before.etag] } })
          })
          const after = yield* ns.head(path)
          // Only what is proved to be there under its new name is deleted under its old one.
          if (after.size !== before.size || after.hash?.hex !== before.hash?.hex) {
            return yield* new Failure({
              error: "Integrity",
              message: `the copy ${path} is not as ${from.path}: nothing was deleted`,
              code: codes.failed
            })
          }
          yield* ns.delete(from.path)
        })
      )
      yield* output.note(`moved ${from.path} to ${path}`)
    })
)
