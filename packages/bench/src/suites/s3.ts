/**
 * Small objects through the S3 gateway: PUT and GET of 1 KiB over plain HTTP, `@effect-hcp/s3` against `@aws-sdk/client-s3`.
 *
 * Both sign every request and its payload with Version 4, over equally many connections, and both hand out the bytes of a GET. The AWS client is set
 * up as it has to be for HCP.
 */
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { S3, S3Credentials, S3Object } from "@effect-hcp/s3"
import { HcpBody, type HcpError } from "@effect-hcp/sdk"
import { NodeHttpHandler } from "@smithy/node-http-handler"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Client, type Figure, type Plan, sideBySide, workFor } from "../measure.ts"

const operations = ["PUT", "GET"] as const
const concurrencies = [1, 64]

type Operation = (typeof operations)[number]

const username = "n"
const password = Redacted.make("n01")
const bucket = "bench"
const key = "object"
const object = new Uint8Array(1024).fill(120)

/** How long {@link run} takes, in milliseconds. */
export const millis = ({ heat, rounds, slice, warmUp }: Plan): number =>
  2 * operations.length * (heat + concurrencies.length * (warmUp + rounds * slice))

/** Measures everything against the responder at `port`, one figure after the other. The baseline is the AWS client. */
export const run = (port: number, plan: Plan): Stream.Stream<Figure, HcpError.HcpError> => {
  const works = concurrencies.flatMap((workers) => operations.map((operation) => ({ operation, workers })))
  return Stream.fromIterable(works).pipe(
    Stream.mapEffect(({ operation, workers }) => Effect.scoped(measure(port, plan, operation, workers))),
    Stream.onStart(Effect.forEach(operations, (operation) => heatUp(port, plan, operation), { discard: true }))
  )
}

const heatUp = Effect.fnUntraced(function* (
  port: number,
  plan: Plan,
  operation: Operation
): Effect.fn.Return<void, HcpError.HcpError, Scope.Scope> {
  const workers = 16
  yield* workFor(yield* makeAws(port, operation, workers), workers, plan.heat)
  yield* workFor(yield* makeOwn(port, operation, workers), workers, plan.heat)
}, Effect.scoped)

const measure = Effect.fnUntraced(function* (
  port: number,
  plan: Plan,
  operation: Operation,
  workers: number
): Effect.fn.Return<Figure, HcpError.HcpError, Scope.Scope> {
  const baseline = yield* makeAws(port, operation, workers)
  const subject = yield* makeOwn(port, operation, workers)
  const measured = yield* sideBySide(baseline, subject, workers, plan)
  return { suite: "s3", operation: `S3 ${operation}`, concurrency: workers, ...measured }
})

/** The AWS client, as it has to be for HCP. */
export const makeAwsClient = (port: number, connections: number): Effect.Effect<S3Client, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { accessKey, secretKey } = S3Credentials.keysOf({ username, password })
      return new S3Client({
        endpoint: `http://127.0.0.1:${port}`,
        forcePathStyle: true,
        region: "us-east-1",
        credentials: { accessKeyId: accessKey, secretAccessKey: Redacted.value(secretKey) },
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
        requestHandler: new NodeHttpHandler({ httpAgent: { maxSockets: connections, keepAlive: true } })
      })
    }),
    (client) => Effect.sync(() => client.destroy())
  )

/** Our gateway, as its layer makes it. */
export const layer = (port: number, connections: number): Layer.Layer<S3.S3, HcpError.HcpError> =>
  S3.layerHcp({
    fqdn: "t1.hcp1.example.com",
    port,
    tls: false,
    addresses: ["127.0.0.1"],
    connections: { maxPerNode: connections, maxTotal: connections },
    credentials: S3Credentials.layerV4({ username, password })
  })

const makeAws = (
  port: number,
  operation: Operation,
  connections: number
): Effect.Effect<Client<never>, never, Scope.Scope> =>
  Effect.map(makeAwsClient(port, connections), (client) => ({
    name: "@aws-sdk/client-s3",
    work: (workers, until) =>
      Effect.map(
        Effect.promise(() => Promise.all(Array.from({ length: workers }, () => workAws(client, operation, until)))),
        sum
      )
  }))

const workAws = async (client: S3Client, operation: Operation, until: number): Promise<number> => {
  let done = 0
  while (performance.now() < until) {
    if (operation === "PUT") await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: object }))
    else {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      await Body?.transformToByteArray()
    }
    done++
  }
  return done
}

const makeOwn = (
  port: number,
  operation: Operation,
  connections: number
): Effect.Effect<Client<HcpError.HcpError>, HcpError.HcpError, Scope.Scope> =>
  Effect.map(Layer.build(layer(port, connections)), (context) => ({
    name: "@effect-hcp/s3",
    work: (workers, until) =>
      Effect.all(
        Array.from({ length: workers }, () => workOwn(operation, until)),
        { concurrency: "unbounded" }
      ).pipe(Effect.map(sum), Effect.provideContext(context))
  }))

const ownRequests: Readonly<Record<Operation, Effect.Effect<unknown, HcpError.HcpError, S3.S3>>> = {
  PUT: S3Object.put(bucket, key, HcpBody.bytes(object)),
  GET: S3Object.get(bucket, key)
}

const workOwn = Effect.fnUntraced(function* (operation: Operation, until: number) {
  const request = ownRequests[operation]
  let done = 0
  while (performance.now() < until) {
    yield* request
    done++
  }
  return done
})

const sum = (counts: ReadonlyArray<number>): number => counts.reduce((total, count) => total + count, 0)
