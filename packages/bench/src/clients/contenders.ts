/**
 * The clients that are compared at small objects.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import { effectHttp } from "./effectHttp.ts"
import * as Peers from "./peers.ts"
import { nodeHttp, undiciDispatch, undiciRequest } from "./raw.ts"
import * as Remote from "./remote.ts"
import * as S3 from "./s3.ts"
import * as Sdk from "./sdk.ts"
import { type Contender, eachVerb, type Opened } from "./verbs.ts"

/** Every client there is, by what it is called on the way to its process. */
export const contenders = {
  sdk: Effect.succeed(Sdk.untraced),
  sdkTraced: Effect.succeed(Sdk.traced),
  undiciRequest: Effect.succeed(undiciRequest),
  undiciDispatch: Effect.succeed(undiciDispatch),
  nodeHttp: Effect.succeed(nodeHttp),
  effectHttp: Effect.succeed(effectHttp),
  minio: Peers.minio,
  s3: Peers.s3,
  s3Signed: Effect.succeed(S3.signed),
  s3Door: Effect.succeed(S3.door)
} satisfies Readonly<Record<string, Effect.Effect<Contender, BenchError>>>

/** @see {@link contenders} */
export type ContenderId = keyof typeof contenders

const program = new URL("../contenderProcess.ts", import.meta.url)

/** Starts the process of a client; with `ca` it speaks TLS. */
export const open = (id: ContenderId, port: number, ca?: string): Effect.Effect<Opened, BenchError, Scope.Scope> =>
  Remote.open(program, ca === undefined ? [id, String(port)] : [id, String(port), ca], eachVerb)
