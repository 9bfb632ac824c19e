/**
 * Content coding of answers: which one a client accepts, and the packing itself.
 *
 * HCP knows gzip and nothing else, and packs whatever a client is ready to unpack.
 *
 * @internal
 */
import * as Zlib from "node:zlib"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Stream from "effect/Stream"
import { bodyLength, type GatewayResponse } from "../Gateway.ts"

/** How an answer is to be sent; undefined if the client accepts neither of the two. */
type Coding = "gzip" | "identity" | undefined

/**
 * Reads an `Accept-Encoding` header: gzip if it names `gzip` or `*`, whatever else it names. `identity` is what clients
 * send that want none; it is let through, as is no header at all.
 *
 * @internal
 */
export const negotiate = (header: string | undefined): Coding => {
  if (header === undefined || header.trim() === "") return "identity"
  const accepted = header.split(",").flatMap((part) => {
    const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase())
    return parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter)) ? [] : [name]
  })
  if (accepted.some((name) => name === "gzip" || name === "*")) return "gzip"
  return accepted.includes("identity") ? "identity" : undefined
}

/**
 * Packs the body of a 200, if it has one. `X-HCP-ContentLength` then says how long it was, where that is known before.
 *
 * A part of an object (206) goes out as it is: its `Content-Range` speaks of the bytes that are stored.
 *
 * @internal
 */
export const encode = (header: string | undefined, response: GatewayResponse): GatewayResponse => {
  const { body, headers, status } = response
  if (status !== 200 || body._tag === "Empty" || negotiate(header) !== "gzip") return response
  const length = bodyLength(body)
  const plain: Stream.Stream<Uint8Array, unknown> = body._tag === "Bytes" ? Stream.succeed(body.bytes) : body.stream
  return {
    status,
    headers: [
      ...headers.filter(([name]) => name.toLowerCase() !== "content-length"),
      ["Content-Encoding", "gzip"],
      ...(length === undefined ? [] : [["X-HCP-ContentLength", String(length)] as const])
    ],
    body: {
      _tag: "Stream",
      stream: NodeStream.pipeThroughDuplex(plain, { evaluate: () => Zlib.createGzip(), onError: (error) => error })
    }
  }
}
