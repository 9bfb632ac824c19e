/**
 * `Swift` for tests: everything of the module, and a layer of the answers a test gives.
 *
 * The functions of this package are those of production: they check container and object, and judge the answers. Only
 * the gateway is replaced.
 *
 * **Example** (one object is stored, and nothing else is asked)
 *
 * ```ts
 * import { Swift } from "@effect-hcp/swift/testing"
 * import { Effect } from "effect"
 *
 * const Reports = Swift.layerTest({
 *   GET: ({ object }) => Effect.succeed(object === "q4/report.txt" ? { body: "all is well" } : { status: 404 })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Credentials from "@effect-hcp/sdk/Credentials"
import type { Method } from "@effect-hcp/sdk/HcpRequest"
import * as Wire from "@effect-hcp/sdk/testing/TestRequest"
import * as Layer from "effect/Layer"
import { layer, type Swift } from "../Swift.ts"

export * from "../Swift.ts"

/**
 * One request, as the gateway gets it.
 *
 * @category models
 * @since 0.1.0
 */
export interface TestRequest extends Omit<Wire.TestRequest, "segments"> {
  /** Absent for the account itself. */
  readonly container: string | undefined
  /** Absent for the container itself. */
  readonly object: string | undefined
}

/**
 * What answers requests of one method. An `ExchangeFailure` is a connection that breaks.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer = Wire.Answer<TestRequest>

/**
 * The gateway of the account `t1`, which answers by these functions. A request of a method that is not given is a
 * defect that names it.
 *
 * Answers are completed as those of `Transport.layerHandler`, so `{}` to a PUT says that the bytes that were sent are
 * stored, and `{ body }` to a GET is whole. Requests are made once: no failure is repeated.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTest = (given: { readonly [M in Method]?: Answer | undefined }): Layer.Layer<Swift> => {
  const about = { layer: "Swift.layerTest", fqdn: "api.hcp.test" }
  const client = Wire.layerClient(given, about, ({ segments, ...request }): TestRequest => {
    const [, , , container, ...object] = segments
    return { ...request, container, object: object.length === 0 ? undefined : object.join("/") }
  })
  return layer({ account: "t1" }).pipe(Layer.provide(client), Layer.provide(Credentials.layerAnonymous), Layer.orDie)
}
