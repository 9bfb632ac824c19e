/**
 * Reads the body of a request to the management API.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { GatewayRequest } from "../Gateway.ts"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { collectBytes } from "../internal/collectBytes.ts"
import type { Document } from "../internal/document.ts"
import { fromJson, fromXml } from "./format.ts"
import * as MediaTypes from "./mediaTypes.ts"
import type { Shape } from "./shape.ts"

const maxBytes = 1024 ** 2

/**
 * The body as text. Fails with 400 beyond 1 MiB, or if it is not UTF-8 or not whole.
 *
 * @internal
 */
export const readText = (request: GatewayRequest): Effect.Effect<string, Refusal> =>
  Effect.flatMap(
    collectBytes(
      Stream.mapError(request.body, () => refusal(400, "the body is shorter than announced")),
      maxBytes,
      () => refusal(400, "the body is too large")
    ),
    (bytes) =>
      Effect.try({
        try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
        catch: () => refusal(400, "the body is not UTF-8")
      })
  )

const parseXml = (text: string, wanted: string): Effect.Effect<Document, Refusal> =>
  Effect.flatMap(fromXml(text), ({ document, root }) =>
    // The vendor's own samples are not of one mind about capitals.
    root.toLowerCase() === wanted.toLowerCase()
      ? Effect.succeed(document)
      : Effect.fail(refusal(400, `the root element is '${root}' where '${wanted}' is expected`))
  )

/**
 * The body as the shape says, XML or JSON. Fails with 400 if it does not fit, with 415 if it is neither.
 *
 * @internal
 */
export const read = Effect.fnUntraced(function* <A>(
  request: GatewayRequest,
  root: string,
  shape: Shape<A>
): Effect.fn.Return<A, Refusal> {
  const format = yield* MediaTypes.sent(request)
  const text = yield* readText(request)
  const document = yield* format === "xml" ? parseXml(text, root) : Effect.fromResult(fromJson(text))
  return yield* Effect.fromResult(shape.read(document, root))
})
