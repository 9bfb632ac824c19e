/**
 * `S3` for tests: everything of the module, and a layer of the answers a test gives.
 *
 * The functions of this package are those of production: they check bucket and key, sign, and judge the answers. Only
 * the gateway is replaced.
 *
 * **Example** (one object is stored, and nothing else is asked)
 *
 * ```ts
 * import { S3 } from "@effect-hcp/s3/testing"
 * import { Effect } from "effect"
 *
 * const Reports = S3.layerTest({
 *   GET: ({ key }) =>
 *     Effect.succeed(key === "q4/report.txt" ? { body: "all is well" } : S3.makeRefusal(404, "NoSuchKey"))
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import type { Method } from "@effect-hcp/sdk/HcpRequest"
import * as RetryPolicy from "@effect-hcp/sdk/RetryPolicy"
import * as Target from "@effect-hcp/sdk/Target"
import { ExchangeFailure, type HandlerAnswer, type WireRequest } from "@effect-hcp/sdk/Transport"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { layer, type S3 } from "../S3.ts"
import * as S3Credentials from "../S3Credentials.ts"

export * from "../S3.ts"

/**
 * One request, as the gateway gets it.
 *
 * @category models
 * @since 0.1.0
 */
export interface TestRequest {
  readonly method: Method
  /** Absent for the list of buckets. */
  readonly bucket: string | undefined
  /** Absent for the bucket itself. */
  readonly key: string | undefined
  /** The parameters by name; empty for those without a value. */
  readonly query: Readonly<Record<string, string>>
  /** The value of a header, by its name in any case. */
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
}

/**
 * What answers requests of one method. An `ExchangeFailure` is a connection that breaks.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer = (request: TestRequest) => Effect.Effect<HandlerAnswer, ExchangeFailure>

/**
 * A gateway that answers by these functions. A request of a method that is not given is a defect that names it.
 *
 * Answers are completed as those of `Transport.layerHandler`, so `{}` to a PUT says that the bytes that were sent are
 * stored, and `{ body }` to a GET is whole. Requests are made once: no failure is repeated.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTest = (given: { readonly [M in Method]?: Answer | undefined }): Layer.Layer<S3> => {
  const target = Target.layerTest(
    (wire) =>
      Effect.flatMap(requestOf(wire), (request) => {
        const answer = given[request.method]
        return answer === undefined ? Effect.die(notGiven(request)) : answer(request)
      }),
    { fqdn: "t1.hcp.test", retry: RetryPolicy.never }
  )
  const credentials = S3Credentials.layerV4({ username: "n", password: Redacted.make("n01") })
  return layer().pipe(Layer.provide(HcpClient.layer), Layer.provide([target, credentials]), Layer.orDie)
}

/**
 * A refusal of the gateway: the status, and a document with the code.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeRefusal = (status: number, code: string, message = "refused by the test"): HandlerAnswer => ({
  status,
  headers: { "Content-Type": "application/xml" },
  body: Result.getOrThrow(
    Xml.document(Xml.element("Error", {}, Xml.element("Code", {}, code), Xml.element("Message", {}, message)))
  )
})

const methods: ReadonlyArray<Method> = ["GET", "HEAD", "PUT", "POST", "DELETE"]

const noBytes = new Uint8Array()

const requestOf = ({ body, headers, method, path }: WireRequest): Effect.Effect<TestRequest, ExchangeFailure> => {
  const url = new URL(path, "https://t1.hcp.test")
  const [, bucket = "", ...key] = url.pathname.split("/").map(decodeURIComponent)
  const header = (name: string) => {
    const at = headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name.toLowerCase())
    return at < 0 ? undefined : headers[at + 1]
  }
  const bytes =
    body === undefined || body instanceof Uint8Array
      ? Effect.succeed(body ?? noBytes)
      : Effect.mapBoth(Stream.runCollect(body), {
          onFailure: ({ reason }) => new ExchangeFailure({ reason, reached: "request" }),
          onSuccess: (parts) => Buffer.concat(parts)
        })
  return Effect.map(bytes, (body) => ({
    method: methods.find((each) => each === method) ?? "GET",
    bucket: bucket === "" ? undefined : bucket,
    key: key.length === 0 ? undefined : key.join("/"),
    query: Object.fromEntries(url.searchParams),
    header,
    body
  }))
}

const notGiven = ({ bucket, key, method }: TestRequest): Error => {
  const path = [bucket ?? "", ...(key === undefined ? [] : [key])].join("/")
  const error = new Error(
    `${method} /${path} was asked, and the test does not answer it; ` +
      `give it: S3.layerTest({ ${method}: (request) => Effect.succeed({ ... }) })`
  )
  error.name = "S3.NotGiven"
  return error
}
