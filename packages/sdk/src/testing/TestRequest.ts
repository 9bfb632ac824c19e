/**
 * What a gateway for tests is asked, and what answers it: for packages of gateways that build on this one.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as HcpClient from "../HcpClient.ts"
import type { Method } from "../HcpRequest.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as Target from "../Target.ts"
import { ExchangeFailure, type HandlerAnswer, type WireRequest } from "../Transport.ts"

/**
 * One request, as a server gets it.
 *
 * @category models
 * @since 0.1.0
 */
export interface TestRequest {
  readonly method: Method
  /** The segments of the path, decoded. */
  readonly segments: ReadonlyArray<string>
  /** The parameters by name; empty for those without a value. */
  readonly query: Readonly<Record<string, string>>
  /** The value of a header, by its name in any case. */
  readonly header: (name: string) => string | undefined
  readonly body: Uint8Array
}

const methods: ReadonlyArray<Method> = ["GET", "HEAD", "PUT", "POST", "DELETE", "COPY"]

const noBytes = new Uint8Array()

const requestOf = ({ body, headers, method, path }: WireRequest): Effect.Effect<TestRequest, ExchangeFailure> => {
  const url = new URL(path, "https://t1.hcp.test")
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
    segments: url.pathname.split("/").slice(1).map(decodeURIComponent),
    query: Object.fromEntries(url.searchParams),
    header,
    body
  }))
}

/**
 * What answers requests of one method. An `ExchangeFailure` is a connection that breaks.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer<Request> = (request: Request) => Effect.Effect<HandlerAnswer, ExchangeFailure>

/**
 * A client whose one node answers by these functions, and its target. A request of a method that is not given is a
 * defect that names it, and the layer of `about` that it belongs to. Requests are made once: no failure is repeated.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = <Request extends Pick<TestRequest, "method">>(
  given: { readonly [M in Method]?: Answer<Request> | undefined },
  about: { readonly layer: string; readonly fqdn: string },
  read: (request: TestRequest) => Request
) => {
  const target = Target.layerTest(
    (wire) =>
      Effect.flatMap(requestOf(wire), (request) => {
        const answer = given[request.method]
        return answer === undefined ? Effect.die(notGiven(about.layer, request)) : answer(read(request))
      }),
    { fqdn: about.fqdn, retry: RetryPolicy.never }
  )
  return HcpClient.layer.pipe(Layer.provideMerge(target))
}

const notGiven = (layer: string, { method, segments }: TestRequest): Error => {
  const error = new Error(
    `${method} /${segments.join("/")} was asked, and the test does not answer it; ` +
      `give it: ${layer}({ ${method}: (request) => Effect.succeed({ ... }) })`
  )
  error.name = `${layer.split(".")[0]}.NotGiven`
  return error
}
