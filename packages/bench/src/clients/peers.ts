/**
 * The peers of the folder `peers`: each is a module with a `name` and `open(port, connections, object)`, which gives a function a verb.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { BenchError, toBenchError } from "../benchError.ts"
import { type Client, ofPromises } from "../measure.ts"
import * as PeersFolder from "../peersFolder.ts"
import { type Contender, object, type Verb } from "./verbs.ts"

const load = (file: string): Effect.Effect<Contender, BenchError> =>
  Effect.gen(function* () {
    const { name, open } = yield* PeersFolder.load(file)
    if (!Predicate.isString(name) || !Predicate.isFunction(open)) {
      return yield* new BenchError({ what: `peers/${file} exports no name or no open` })
    }
    return {
      name,
      open: (port, connections) =>
        Effect.gen(function* () {
          const peer: unknown = yield* Effect.acquireRelease(
            Effect.try({ try: (): unknown => open(port, connections, object), catch: toBenchError }),
            (peer) => Effect.sync(() => functionOf(peer, "close")())
          )
          const client = (verb: Verb): Client => {
            const operation = functionOf(peer, verb)
            return ofPromises(name, async () => operation())
          }
          return { GET: client("GET"), HEAD: client("HEAD"), PUT: client("PUT") }
        })
    }
  })

const functionOf = (peer: unknown, name: string): (() => unknown) => {
  const found = Predicate.hasProperty(peer, name) ? peer[name] : undefined
  if (!Predicate.isFunction(found)) throw new TypeError(`a peer has no ${name}`)
  return () => found()
}

/** The S3 client of the AWS SDK. */
export const s3: Effect.Effect<Contender, BenchError> = load("s3.js")

/** The MinIO client. */
export const minio: Effect.Effect<Contender, BenchError> = load("minio.js")
