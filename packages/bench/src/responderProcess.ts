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

const startProcess = (program: URL, args: ReadonlyArray<string> = []): Effect.Effect<number, BenchError, Scope.Scope> =>
  Effect.flatMap(ChildProcess.start(program, args), ({ next }) => next(Schema.Int))

const responder = new URL("./responder.ts", import.meta.url)
const streamer = new URL("./streamer.ts", import.meta.url)

/** Starts the responder for small objects and gives its port on 127.0.0.1; it ends with the scope. */
export const start: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(responder)

/** Starts the streamer for large objects and gives its port on 127.0.0.1; it ends with the scope. */
export const startStreamer: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(streamer)

/** Starts the streamer that speaks S3 and gives its port on 127.0.0.1; it ends with the scope. */
export const startS3Streamer: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./s3Streamer.ts", import.meta.url)
)

/** Starts the lister of large directories and gives its port on 127.0.0.1; it ends with the scope. */
export const startLister: Effect.Effect<number, BenchError, Scope.Scope> = startProcess(
  new URL("./lister.ts", import.meta.url)
)

/** What a server proves itself with, and what a client has to trust then, PEM. */
const identity = Effect.gen(function* () {
  const authority = yield* CertificateAuthority.make
  const issued = yield* authority.issue({ domain: fqdn, names: [], addresses: [] })
  return { ca: authority.pem, json: JSON.stringify(issued) }
})

/** A server over TLS. */
export interface Secured {
  readonly port: number
  /** What a client has to trust, PEM. */
  readonly ca: string
}

const secured = Effect.fnUntraced(function* (program: URL): Effect.fn.Return<Secured, BenchError, Scope.Scope> {
  const { ca, json } = yield* identity
  return { port: yield* startProcess(program, [json]), ca }
})

/** The responder for small objects over TLS. */
export const startTls: Effect.Effect<Secured, BenchError, Scope.Scope> = secured(responder)

/** The streamer for large objects over TLS. */
export const startTlsStreamer: Effect.Effect<Secured, BenchError, Scope.Scope> = secured(streamer)

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
  const { ca, json } = yield* identity
  const program = new URL("./nodesResponder.ts", import.meta.url)
  const { next, tell } = yield* ChildProcess.start(program, [String(count), json])
  return { ports: yield* next(Ports), ca, look: Effect.andThen(tell({}), next(Counts)) }
})
