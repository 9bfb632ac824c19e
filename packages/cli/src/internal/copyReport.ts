/**
 * What a command that copies prints: what came of each entry, and the sums.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { fromError, partial } from "../Failure.ts"
import { type Column, Output, type Remains, type Row } from "./output.ts"
import { bytes, field, sizeColumn } from "./show.ts"

const columns: ReadonlyArray<Column> = [
  { name: "outcome", width: 7 },
  sizeColumn("size"),
  { name: "source" },
  { name: "destination" },
  { name: "message" }
]

/** What came of one entry, whichever way it went. */
export interface Reported {
  readonly _tag: string
  readonly name: string
  readonly size: number | undefined
  readonly source: string
  readonly destination: string
  readonly error?: Error | undefined
  readonly reason?: string | undefined
  /** What was left behind. */
  readonly omitted?: ReadonlyArray<string> | undefined
}

/** From this computer, or to it. */
export const ofUpload = <O extends { readonly local: string; readonly path: string }>(one: O) => ({
  ...one,
  source: one.local,
  destination: one.path
})

/** @internal */
export const ofDownload = <O extends { readonly local: string; readonly path: string }>(one: O) => ({
  ...one,
  source: one.path,
  destination: one.local
})

/** Between places of HCP. */
export const ofCopy = <O extends { readonly from: string; readonly to: string }>(one: O) => ({
  ...one,
  source: one.from,
  destination: one.to
})

/** What was deleted, as only the destination had it. */
export const ofPrune = <O extends { readonly left: string; readonly right: string }>(one: O) => ({
  ...one,
  source: one.left,
  destination: one.right
})

const rowOf = (one: Reported): Row => ({
  outcome: one._tag === "Planned" && one.reason === "delete" ? "to delete" : one._tag.toLowerCase(),
  size: field(one.size),
  source: one.source,
  destination: one.destination,
  message: messageOf(one.error) ?? one.reason ?? (isIncomplete(one) ? `without ${one.omitted?.join(", ")}` : null)
})

const messageOf = (error: Error | undefined) => (error === undefined ? undefined : fromError(error).message)

const isIncomplete = ({ omitted = [] }: Reported): boolean => omitted.length > 0

/** What a command says of its work. */
export interface Words {
  /** `copied`, `moved`. */
  readonly done: string
  /** `copy`, `move`. */
  readonly plan: string
}

export const copying: Words = { done: "copied", plan: "copy" }

/** What an interruption says of one file or object. */
export const unfinished = (place: string, done: string): Remains => ({
  now: () => [`interrupted before ${place} was ${done} for certain; run the same command again`]
})

/** What is said of an upload in parts that may not be aborted. */
export const uploadLeft = (uploadId: string, place: string): string =>
  `the upload ${uploadId} of ${place} may be left: \`aws s3api abort-multipart-upload\` deletes it, ` +
  "with the keys of `hcp credentials aws`"

/** Stores something, and tells of an upload in parts that an interruption could not abort in time. */
export const watchingUpload = <A, E, R>(
  output: Output["Service"],
  place: string,
  put: (onBegun: (uploadId: string) => Effect.Effect<void>) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    let upload: string | undefined
    yield* output.remains({ late: () => (upload === undefined ? [] : [uploadLeft(upload, place)]) })
    return yield* put((uploadId) =>
      Effect.sync(() => {
        upload = uploadId
      })
    )
  }).pipe(Effect.scoped)

/** What an interruption says that could not remove what it has begun to write on this computer. */
export const drafts = (folder: string): Remains => ({
  late: () => [`unfinished files, .hcp-*.part, may be left in ${folder}; the next download into it deletes them`]
})

/**
 * Prints what came of each entry: to people only what failed, what would be done, and the sums. What failed goes into
 * the file for it, too. Fails where some of them failed.
 */
export const report = Effect.fnUntraced(function* <E, R>(
  outcomes: Stream.Stream<Reported, E, R>,
  options: {
    readonly failures: Option.Option<string>
    /** How it goes on where it was, once it was interrupted. */
    readonly how?: string | undefined
    readonly words?: Words | undefined
  }
) {
  const output = yield* Output
  const { done: word, plan } = options.words ?? copying
  const keep = yield* failuresOf(options.failures)
  const counts = { done: 0, planned: 0, skipped: 0, failed: 0, deleted: 0, toDelete: 0, incomplete: 0, bytes: 0 }
  const count = (one: Reported): void => {
    if (one._tag === "Failed") counts.failed++
    else if (one._tag === "Skipped") counts.skipped++
    else if (one._tag === "Deleted") counts.deleted++
    else if (one._tag === "Planned") counts[one.reason === "delete" ? "toDelete" : "planned"]++
    else counts.done++
    if (isIncomplete(one)) counts.incomplete++
    if (moved.has(one._tag) && one.reason !== "delete") counts.bytes += one.size ?? 0
  }
  // An effect for each of them would be dear: only of what failed something is written down.
  const counted = Stream.mapArrayEffect(outcomes, (batch) =>
    Effect.suspend(() => {
      for (const one of batch) count(one)
      const failed = batch.filter(({ _tag }) => _tag === "Failed")
      return failed.length === 0
        ? Effect.succeed(batch)
        : Effect.as(Effect.forEach(failed, keep, { discard: true }), batch)
    })
  )
  const shown = Stream.filter(
    counted,
    (one) => output.format !== "table" || one._tag === "Failed" || one._tag === "Planned" || isIncomplete(one)
  )
  const sums = (): string => {
    const { deleted, done, failed, incomplete, planned, skipped, toDelete } = counts
    if (planned + toDelete > 0) {
      const deletions = toDelete > 0 ? `, ${toDelete} to delete` : ""
      return `${planned} to ${plan}, ${bytes(counts.bytes)}${deletions}; ${skipped} are there`
    }
    return [
      `${done} ${word}, ${bytes(counts.bytes)}; ${skipped} skipped, ${failed} failed`,
      ...(deleted > 0 ? [`${deleted} deleted`] : []),
      ...(incomplete > 0 ? [`${incomplete} without all that belongs to them`] : [])
    ].join(", ")
  }
  yield* output.remains({
    now: () => [
      `interrupted: ${sums()}`,
      `run the same command again to go on: ${options.how ?? "what is there is compared and left"}`
    ]
  })
  yield* output.rows(columns, Stream.map(shown, rowOf))
  yield* output.note(sums())
  const { deleted, done, failed, skipped } = counts
  if (failed > 0) return yield* partial(failed, done + skipped + deleted + failed)
}, Effect.scoped)

const moved: ReadonlySet<string> = new Set(["Stored", "Fetched", "Copied", "Planned"])

/** Adds a line of JSON to a file for each that failed. */
const failuresOf = Effect.fnUntraced(function* (file: Option.Option<string>) {
  if (Option.isNone(file)) return () => Effect.void
  const fs = yield* FileSystem.FileSystem
  const opened = yield* fs.open(file.value, { flag: "w" })
  return ({ destination, error, name, size, source }: Reported) => {
    const { code: _, ...failure } = fromError(error)
    const line = JSON.stringify({
      name,
      source,
      destination,
      size: field(size),
      error: failure.error,
      message: failure.message,
      hint: field(failure.hint),
      status: field(failure.status)
    })
    return Effect.orDie(opened.writeAll(new TextEncoder().encode(`${line}\n`)))
  }
})
