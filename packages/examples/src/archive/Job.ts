/**
 * The job: store every file, lose a node and then a system, read every file back, compare every byte.
 */
import * as crypto from "node:crypto"
import { HcpBody, HcpClient, ReplicaStrategy } from "@effect-hcp/sdk"
import { Effect, Ref, Stream } from "effect"
import * as uuid from "uuid"
import { Box } from "./Box.ts"
import * as Progress from "./Progress.ts"
import { ArchiveError, type Source, type SourceFile, sha256 } from "./Source.ts"
import * as Tally from "./Tally.ts"

const root = "/rest/effect-hcp/archive"
const concurrency = 16

interface Stored {
  readonly file: SourceFile
  readonly object: string
  readonly hash: string
}

/**
 * A new object name and its folder: parallel writes are fastest when they go to different folders, so the third and
 * fourth byte of a time-based UUID name two levels of them.
 */
const spread = Effect.sync(() => {
  const name = uuid.v1()
  return `${root}/${name.slice(6, 8)}/${name.slice(4, 6)}/${name}`
})

/** Fails early, and with one clear error, when the system or the credentials are not right. */
const preflight = Effect.gen(function* () {
  const client = yield* HcpClient.HcpClient
  yield* client
    .head("/rest/", { deadline: "20 seconds" })
    .pipe(Effect.catchReason("HcpError", "NotFound", () => Effect.void))
})

const ingest = Effect.fn("Job.ingest")(function* (source: Source, tally: Tally.Tally) {
  const client = yield* HcpClient.HcpClient
  const box = yield* Box
  const progress = Progress.make("stored", source.files.length)
  const started = yield* Ref.make(0)
  return yield* Effect.forEach(
    source.files,
    Effect.fnUntraced(function* (file) {
      if ((yield* Ref.getAndUpdate(started, (n) => n + 1)) === Math.floor(source.files.length / 2)) {
        const lost = yield* box.loseNode
        if (lost !== undefined) yield* Progress.note(lost)
      }
      const hash = yield* sha256(file)
      const object = yield* spread
      const reply = yield* client.put(object, HcpBody.file(file.path))
      Tally.count(tally, reply)
      yield* progress.step(file.size)
      return { file, object, hash } satisfies Stored
    }),
    { concurrency }
  )
})

const readBack = Effect.fn("Job.readBack")(function* (objects: ReadonlyArray<Stored>, tally: Tally.Tally) {
  const client = yield* HcpClient.HcpClient
  const progress = Progress.make("verified", objects.length)
  const same = yield* Effect.forEach(
    objects,
    Effect.fnUntraced(function* (stored) {
      const hash = crypto.createHash("sha256")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const response = yield* client.execute({ method: "GET", path: stored.object })
          if (response.status !== 200) return
          yield* Stream.runForEach(response.stream, (chunk) => Effect.sync(() => hash.update(chunk)))
          Tally.count(tally, response)
        })
      )
      const identical = hash.digest("hex") === stored.hash
      if (!identical) yield* Progress.note(`${stored.file.name} came back different as ${stored.object}`)
      yield* progress.step(stored.file.size)
      return identical
    }),
    { concurrency }
  )
  return same.filter((identical) => identical).length
})

export const run = Effect.fn("Job.run")(function* (source: Source) {
  const box = yield* Box
  const strategy = yield* ReplicaStrategy.ReplicaStrategy
  const tally = Tally.make()
  yield* Progress.write(`archiving ${source.files.length} files of ${source.folder}\nto ${box.title}\n`)
  yield* strategy.changes.pipe(
    Stream.runForEach((event) => {
      if (event._tag === "FailedOver") tally.failovers++
      return Progress.note(`${event._tag === "FailedOver" ? "failed over" : "came back"} to ${event.to}`)
    }),
    Effect.forkScoped
  )
  yield* preflight
  const objects = yield* ingest(source, tally)
  const lost = yield* box.losePrimary
  if (lost !== undefined) yield* Progress.note(lost)
  const verified = yield* readBack(objects, tally)
  yield* Progress.write(Tally.table(tally, { files: source.files.length, bytes: source.bytes, verified }))
  if (verified !== source.files.length) {
    return yield* new ArchiveError({
      message:
        `${source.files.length - verified} of ${source.files.length} files did not come back identical; ` +
        `the objects are below ${root}`
    })
  }
})
