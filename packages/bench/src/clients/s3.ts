/**
 * `@effect-hcp/s3` as `S3.layerHcp` makes it, everything on. Only the limits of its connection pool are set.
 */
import { S3, S3Credentials, S3Object } from "@effect-hcp/s3"
import { HcpBody } from "@effect-hcp/sdk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type BenchError, toBenchError } from "../benchError.ts"
import { ofEffects } from "../measure.ts"
import { type Contender, object, password, username } from "./verbs.ts"

/** The bucket everything is in. */
export const bucket = "bench"

/** That of the object that all read and write. */
export const key = "object"
const fqdn = "t1.hcp1.example.com"

const user = { username, password: Redacted.make(password) }

/** How a client proves who it is, and what it is called for that. */
export interface Way {
  readonly name: string
  readonly credentials: ReturnType<typeof S3Credentials.layerV4>
}

/** Every request signed with Version 4. */
export const v4: Way = { name: "@effect-hcp/s3", credentials: S3Credentials.layerV4(user) }

/** Through `/hs3`, with HCP's own header and nothing signed. */
export const hs3: Way = { name: "@effect-hcp/s3, /hs3", credentials: S3Credentials.layerHcp(user) }

/** The gateway as a program has it: built once. What is run with it makes no spans. */
export const build = (
  { credentials }: Way,
  port: number,
  connections: number
): Effect.Effect<<A, E>(call: Effect.Effect<A, E, S3.S3>) => Effect.Effect<A, E>, BenchError, Scope.Scope> =>
  Layer.build(
    S3.layerHcp({
      fqdn,
      port,
      tls: false,
      addresses: ["127.0.0.1"],
      credentials,
      connections: { maxPerNode: connections, maxTotal: connections }
    })
  ).pipe(
    Effect.mapError(toBenchError),
    Effect.map((context) => {
      const gateway = Context.get(context, S3.S3)
      return (call) => Effect.withTracerEnabled(Effect.provideService(call, S3.S3, gateway), false)
    })
  )

const contender = (way: Way): Contender => ({
  name: way.name,
  open: (port, connections) =>
    Effect.map(build(way, port, connections), (run) => ({
      GET: ofEffects(
        way.name,
        Effect.suspend(() => S3Object.get(bucket, key)),
        run
      ),
      HEAD: ofEffects(
        way.name,
        Effect.suspend(() => S3Object.head(bucket, key)),
        run
      ),
      PUT: ofEffects(
        way.name,
        Effect.suspend(() => S3Object.put(bucket, key, HcpBody.bytes(object))),
        run
      )
    }))
})

/** With {@link v4}. */
export const signed: Contender = contender(v4)

/** With {@link hs3}. */
export const door: Contender = contender(hs3)
