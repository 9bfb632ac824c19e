/**
 * Starts and ends the processes that answer.
 */
import { CertificateAuthority } from "@effect-hcp/simulator"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { BenchError } from "./benchError.ts"
import * as ChildProcess from "./childProcess.ts"
import { fqdn } from "./clients/verbs.ts"
import { Counts, Ports } from "./suites/nodesProtocol.ts"

const startProcess = (program: URL): Effect.Effect<number, BenchError, Scope.Scope> =>
  Effect.flatMap(ChildProcess.start(program, []), ({ next }) => next(Schema.Int))

/** Starts the responder for small objects and gives its port on 127.0.0.1; it ends with the scope. */
export const start: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./responder.ts", import.meta.url)
)

/** Starts the streamer for large objects and gives its port on 127.0.0.1; it ends with the scope. */
export const startStreamer: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./streamer.ts", import.meta.url)
)

/** Starts the streamer that speaks S3 and gives its port on 127.0.0.1; it ends with the scope. */
export const startS3Streamer: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./s3Streamer.ts", import.meta.url)
)

/** Starts the lister of large directories and gives its port on 127.0.0.1; it ends with the scope. */
export const startLister: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./lister.ts", import.meta.url)
)

/** The nodes of a large system, as far as a suite needs them. */
export interface Nodes {
  readonly ports: Ports
  /** What a client has to trust, PEM. */
  readonly ca: string
  /** What arrived since the last look. */
  readonly look: Effect.Effect<Counts, BenchError>
}

/** Starts so many nodes, each at an address of its own; they end with the scope. */
export const startNodes = Effect.fnUntraced(function* (
  count: number
): Effect.fn.Return<Nodes, BenchError, Scope.Scope> {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({ domain: fqdn, names: [], addresses: [] })
  const program = new URL("./nodesResponder.ts", import.meta.url)
  const { next, tell } = yield* ChildProcess.start(program, [String(count), JSON.stringify(identity)])
  return { ports: yield* next(Ports), ca: authority.pem, look: Effect.andThen(tell({}), next(Counts)) }
})
