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
import type { Method } from "@effect-hcp/sdk/HcpRequest"
import type { HandlerAnswer } from "@effect-hcp/sdk/Transport"
import * as Wire from "@effect-hcp/sdk/testing/TestRequest"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { layer, type S3 } from "../S3.ts"
import * as S3Credentials from "../S3Credentials.ts"

export * from "../S3.ts"

/**
 * One request, as the gateway gets it.
 *
 * @category models
 * @since 0.1.0
 */
export interface TestRequest extends Omit<Wire.TestRequest, "segments"> {
  /** Absent for the list of buckets. */
  readonly bucket: string | undefined
  /** Absent for the bucket itself. */
  readonly key: string | undefined
}

/**
 * What answers requests of one method. An `ExchangeFailure` is a connection that breaks.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer = Wire.Answer<TestRequest>

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
  const client = Wire.layerClient(given, { layer: "S3.layerTest", fqdn: "t1.hcp.test" }, ({ segments, ...request }) => {
    const [bucket = "", ...key] = segments
    return {
      ...request,
      bucket: bucket === "" ? undefined : bucket,
      key: key.length === 0 ? undefined : key.join("/")
    }
  })
  const credentials = S3Credentials.layerV4({ username: "n", password: Redacted.make("n01") })
  return layer().pipe(Layer.provide(client), Layer.provide(credentials), Layer.orDie)
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
