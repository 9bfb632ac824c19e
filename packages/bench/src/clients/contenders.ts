/**
 * The clients that are compared, each in a process of its own: it has a heap and compiled code of its own, as in a program that uses this client
 * and no other.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { BenchError } from "../benchError.ts"
import * as ChildProcess from "../childProcess.ts"
import { type Client, Sample } from "../measure.ts"
import { effectHttp } from "./effectHttp.ts"
import * as Peers from "./peers.ts"
import { nodeHttp, undiciDispatch, undiciRequest } from "./raw.ts"
import * as Sdk from "./sdk.ts"
import type { Contender, Verb } from "./verbs.ts"

/** Every client there is, by what it is called on the way to its process. */
export const contenders = {
  sdk: Effect.succeed(Sdk.untraced),
  sdkTraced: Effect.succeed(Sdk.traced),
  undiciRequest: Effect.succeed(undiciRequest),
  undiciDispatch: Effect.succeed(undiciDispatch),
  nodeHttp: Effect.succeed(nodeHttp),
  effectHttp: Effect.succeed(effectHttp),
  minio: Peers.minio,
  s3: Peers.s3
} satisfies Readonly<Record<string, Effect.Effect<Contender, BenchError>>>

/** @see {@link contenders} */
export type ContenderId = keyof typeof contenders

const program = new URL("../contenderProcess.ts", import.meta.url)

/** What the process says first: the client's name, or why there is none. */
export const Ready = Schema.Union([Schema.Struct({ name: Schema.String }), Schema.Struct({ failure: Schema.String })])

/** What the process is told. */
export const Slice = Schema.Struct({
  verb: Schema.Literals(["GET", "HEAD", "PUT"]),
  workers: Schema.Int,
  millis: Schema.Finite
})

/** What the process answers. */
export const Done = Schema.Union([Sample, Schema.Struct({ failure: Schema.String })])

/** Starts the process of a client. What it gives has as many connections as workers, whatever their number. */
export const open = (
  id: ContenderId,
  port: number
): Effect.Effect<Readonly<Record<Verb, Client>>, BenchError, Scope.Scope> =>
  Effect.gen(function* () {
    const { next, tell } = yield* ChildProcess.start(program, [id, String(port)])
    const ready = yield* next(Ready)
    if ("failure" in ready) return yield* new BenchError({ what: ready.failure })
    const client = (verb: Verb): Client => ({
      name: ready.name,
      work: (workers, millis) =>
        Effect.gen(function* () {
          yield* tell({ verb, workers, millis } satisfies typeof Slice.Type)
          const done = yield* next(Done)
          return "failure" in done ? yield* new BenchError({ what: done.failure }) : done
        })
    })
    return { GET: client("GET"), HEAD: client("HEAD"), PUT: client("PUT") }
  })
