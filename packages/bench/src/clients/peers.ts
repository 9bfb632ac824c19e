/**
 * The peers of the folder `peers`: each is a module with a `name` and `open(port, connections, subject)`, which gives a
 * function for each kind of work.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { BenchError, toBenchError } from "../benchError.ts"
import { type Client, ofPromises } from "../measure.ts"
import * as PeersFolder from "../peersFolder.ts"
import { eachWay, type Load, type Way } from "./s3Transfers.ts"
import { type Contender, eachVerb, type Opened, object } from "./verbs.ts"

/** A module, what its work is about, and how its clients are put together. */
const load = <Work extends string>(
  file: string,
  subject: Uint8Array | Load,
  eachWork: (client: (work: Work) => Client) => Opened<Work>
): Effect.Effect<Contender<Work>, BenchError> =>
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
            Effect.try({ try: (): unknown => open(port, connections, subject), catch: toBenchError }),
            (peer) => Effect.sync(() => functionOf(peer, "close")())
          )
          return eachWork((work) => {
            const operation = functionOf(peer, work)
            return ofPromises(name, async () => operation())
          })
        })
    }
  })

const functionOf = (peer: unknown, name: string): (() => unknown) => {
  const found = Predicate.hasProperty(peer, name) ? peer[name] : undefined
  if (!Predicate.isFunction(found)) throw new TypeError(`a peer has no ${name}`)
  return () => found()
}

/** The S3 client of the AWS SDK. */
export const s3: Effect.Effect<Contender, BenchError> = load("s3.js", object, eachVerb)

/** The MinIO client. */
export const minio: Effect.Effect<Contender, BenchError> = load("minio.js", object, eachVerb)

/** The S3 client of the AWS SDK at large objects, with its `lib-storage`. */
export const s3Transfers = (what: Load): Effect.Effect<Contender<Way>, BenchError> =>
  load("s3Transfers.js", what, eachWay)
