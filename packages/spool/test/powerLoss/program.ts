/**
 * A program with a spool whose calls of the operating system are watched. It says on standard output what it did, each
 * line in one call.
 *
 * Usage: `node program.ts <directory>`
 */
import * as fs from "node:fs"
import { Namespace } from "@effect-hcp/sdk"
import { Effect, Stream } from "effect"
import { Spool } from "../../src/index.ts"
import { System } from "../spooled.ts"

const [directory = ""] = process.argv.slice(2)

const say = (line: string) => Effect.sync(() => fs.writeSync(1, `${line}\n`))

/** Of every third write the body is too long for a row of the database. */
const bodyOf = (path: string) => path.padEnd(Number(path.slice(1)) % 3 === 0 ? 70_000 : 500, path)

const accepted = (spool: Spool.Shape, path: string) =>
  Effect.flatMap(spool.put(path, bodyOf(path)), () => say(`accepted ${path}`))

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const noting = Namespace.Namespace.of({
    ...ns,
    put: (path, body, options) => Effect.andThen(say(`sending ${path}`), ns.put(path, body, options))
  })
  const spool = yield* Effect.provideService(Spool.make({ directory, minFreeBytes: 0 }), Namespace.Namespace, noting)
  yield* spool.pause
  for (const index of [1, 2, 3, 4, 5]) yield* accepted(spool, `/${index}`)
  yield* Effect.forEach([7, 8, 9, 10, 11, 12], (index) => accepted(spool, `/${index}`), {
    concurrency: "unbounded"
  })
  for (const { id, path } of yield* Stream.runCollect(spool.pending)) {
    if (path !== "/5" && path !== "/9") continue
    yield* say(`discarding ${path}`)
    yield* spool.discard(id)
    yield* say(`discarded ${path}`)
  }
  yield* spool.resume
  yield* Effect.all([spool.drain, accepted(spool, "/15"), accepted(spool, "/16")], { concurrency: "unbounded" })
  yield* spool.drain
}).pipe(Effect.scoped, Effect.provide(System))

Effect.runPromise(program).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error}\n`)
    process.exit(1)
  }
)
