/**
 * The answers of the S3 compatible API: XML in chunks, without a length.
 *
 * @internal
 */
import * as Stream from "effect/Stream"
import type { GatewayResponse } from "../Gateway.ts"
import { type Exchange, emptyBody, type Header, privateHeaders, serviceHeaders } from "../gateway/exchange.ts"
import * as Xml from "../internal/xml.ts"
import type { S3Refusal } from "./refusal.ts"

/** @internal */
export const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

/**
 * Which system answers, to which request.
 *
 * @internal
 */
export const commonHeaders = (exchange: Exchange): ReadonlyArray<Header> => [
  ...serviceHeaders(exchange),
  ["x-amz-request-id", exchange.requestId],
  ["x-amz-id-2", Buffer.from(exchange.requestId).toString("base64")]
]

/**
 * An answer without a body.
 *
 * @internal
 */
export const bare = (exchange: Exchange, status: number, headers: ReadonlyArray<Header> = []): GatewayResponse => ({
  status,
  headers: [...commonHeaders(exchange), ...privateHeaders(exchange), ...headers],
  body: emptyBody
})

/**
 * A document. Its lines are sent as they are made, so the length is not known before.
 *
 * @internal
 */
export const document = (
  exchange: Exchange,
  root: string,
  lines: Iterable<string>,
  { attributes = [["xmlns", namespace]], headers = [], status = 200 }: Partial<DocumentOptions> = {}
): GatewayResponse => ({
  status,
  headers: [
    ...commonHeaders(exchange),
    ...privateHeaders(exchange),
    ...headers,
    ["Content-Type", "application/xml;charset=UTF-8"]
  ],
  body: {
    _tag: "Stream",
    stream: Stream.fromIterable([Xml.declaration + Xml.open(root, attributes), ...lines, Xml.close(root)]).pipe(
      Stream.rechunk(256),
      Stream.mapArray(joinText)
    )
  }
})

interface DocumentOptions {
  readonly status: number
  readonly headers: ReadonlyArray<Header>
  readonly attributes: Xml.Attributes
}

/** One piece of bytes for many small texts. */
const joinText = (texts: readonly [string, ...Array<string>]): readonly [Uint8Array, ...Array<Uint8Array>] => [
  new TextEncoder().encode(texts.join(""))
]

/**
 * The document of a refusal; without one where a status has no body.
 *
 * @internal
 */
export const refused = (exchange: Exchange, { about, code, headers, message, status }: S3Refusal): GatewayResponse => {
  if (status === 304 || status === 204) return bare(exchange, status, headers)
  return document(
    exchange,
    "Error",
    [
      Xml.text("Code", code),
      Xml.text("Message", message === "" ? code : message),
      ...(about === undefined ? [] : [Xml.text(...about)]),
      Xml.text("RequestId", exchange.requestId),
      Xml.text("HostId", Buffer.from(exchange.core.spec.domain).toString("base64"))
    ],
    { status, headers: headers ?? [], attributes: [] }
  )
}

/**
 * A person: the id and the name of a user.
 *
 * @internal
 */
export const personLines = (name: string, person: Person): string =>
  `${Xml.open(name)}${Xml.text("ID", person.id)}${Xml.text("DisplayName", person.name)}${Xml.close(name)}`

/** @internal */
export interface Person {
  readonly id: string
  readonly name: string
}

/** @internal */
export const nobody: Person = { id: "nobody", name: "nobody" }

/**
 * `2026-01-02T03:04:05.678Z`.
 *
 * @internal
 */
export const toIso = (millis: number): string => new Date(millis).toISOString()
