/**
 * The services that programs use, `Namespace` and S3 at `/hs3`, at small objects: in memory, as streams, and from a
 * file. One client makes all the calls, as in a program that uses them side by side.
 */
import { type S3, S3Object } from "@effect-hcp/s3"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Client, ofEffects } from "../measure.ts"
import { hcpClientOfOneNode } from "./hcpClient.ts"
import * as S3Gateway from "./s3.ts"
import { type Contender, type Opened, object } from "./verbs.ts"

/** What a facade is asked to do. The verbs alone are of 1 KiB in memory. */
export const works = [
  "GET",
  "HEAD",
  "PUT",
  "GET as Stream",
  "PUT of Stream",
  "PUT of 10 KiB",
  "PUT of 10 KiB file"
] as const

/** @see {@link works} */
export type Work = (typeof works)[number]

/** The same client at each of the works. */
export const eachWork = (client: (work: Work) => Client): Opened<Work> => ({
  GET: client("GET"),
  HEAD: client("HEAD"),
  PUT: client("PUT"),
  "GET as Stream": client("GET as Stream"),
  "PUT of Stream": client("PUT of Stream"),
  "PUT of 10 KiB": client("PUT of 10 KiB"),
  "PUT of 10 KiB file": client("PUT of 10 KiB file")
})

/** How large the file is. */
export const fileBytes = 10 * 1024

/** The calls of a facade, about one object. Each operation makes its call anew, as programs do. */
interface Facade<R> {
  readonly get: () => Effect.Effect<unknown, HcpError, R>
  readonly head: () => Effect.Effect<unknown, HcpError, R>
  readonly stream: () => Stream.Stream<Uint8Array, HcpError, R>
  readonly put: (body: HcpBody.HcpBody) => Effect.Effect<unknown, HcpError, R>
}

const callsOf = <R>(facade: Facade<R>, file: string): Readonly<Record<Work, Effect.Effect<unknown, HcpError, R>>> => {
  const larger = new Uint8Array(fileBytes).fill(120)
  return {
    GET: Effect.suspend(facade.get),
    HEAD: Effect.suspend(facade.head),
    PUT: Effect.suspend(() => facade.put(HcpBody.bytes(object))),
    "GET as Stream": Effect.suspend(() => Stream.runDrain(facade.stream())),
    "PUT of Stream": Effect.suspend(() =>
      facade.put(HcpBody.stream(() => Stream.succeed(object), { length: object.length }))
    ),
    "PUT of 10 KiB": Effect.suspend(() => facade.put(HcpBody.bytes(larger))),
    "PUT of 10 KiB file": Effect.suspend(() => facade.put(HcpBody.file(file)))
  }
}

/** `Namespace`, over the same client as the contender of the SDK's core. */
export const namespace = (file: string): Contender<Work> => {
  const name = "Namespace"
  const path = "/bench/object"
  return {
    name,
    open: (port, connections) =>
      Effect.map(hcpClientOfOneNode(port, connections), (client) => {
        const ns = Namespace.make(client)
        const facade: Facade<never> = {
          get: () => ns.get(path),
          head: () => ns.head(path),
          stream: () => ns.stream(path),
          put: (body) => ns.put(path, body)
        }
        const calls = callsOf(facade, file)
        return eachWork((work) => ofEffects(name, calls[work], Effect.withTracerEnabled(false)))
      })
  }
}

/** S3 at `/hs3`, where nothing is signed. */
export const s3Door = (file: string): Contender<Work> => {
  const { bucket, hs3, key } = S3Gateway
  const facade: Facade<S3.S3> = {
    get: () => S3Object.get(bucket, key),
    head: () => S3Object.head(bucket, key),
    stream: () => S3Object.stream(bucket, key),
    put: (body) => S3Object.put(bucket, key, body)
  }
  const calls = callsOf(facade, file)
  return {
    name: hs3.name,
    open: (port, connections) =>
      Effect.map(S3Gateway.build(hs3, port, connections), (run) =>
        eachWork((work) => ofEffects(hs3.name, calls[work], run))
      )
  }
}
