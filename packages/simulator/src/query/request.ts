/**
 * Reads the body of a query: XML or JSON, packed or not, of one of the two kinds.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GatewayRequest } from "../Gateway.ts"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { uploadBody } from "../gateway/uploadBody.ts"
import { collectBytes } from "../internal/collectBytes.ts"
import { type Document, isBranch } from "../internal/document.ts"
import { fromJson, fromXml } from "../mapi/format.ts"
import * as Shape from "../mapi/shape.ts"

/** The two formats of requests and answers. */
export type Format = "xml" | "json"

const maxBytes = 8 * 1024

const formats: ReadonlyMap<string, Format> = new Map([
  ["application/xml", "xml"],
  ["application/json", "json"]
])

const formatIn = (header: string | undefined): Format | undefined =>
  formats.get(header?.split(";")[0]?.trim().toLowerCase() ?? "")

/** The format of the body; 415 for another one or none. */
export const sentFormat = ({ headers }: GatewayRequest): Result.Result<Format, Refusal> => {
  const format = formatIn(headers["content-type"])
  return format === undefined ? Result.fail(refusal(415)) : Result.succeed(format)
}

/** The format of the answer; 406 for another one or none. */
export const wantedFormat = ({ headers }: GatewayRequest): Result.Result<Format, Refusal> => {
  for (const part of (headers.accept ?? "").split(",")) {
    const format = formatIn(part)
    if (format !== undefined) return Result.succeed(format)
  }
  return Result.fail(refusal(406))
}

const anyText = Shape.text({ max: maxBytes })

const common = { verbose: Shape.flag, objectProperties: anyText }

const ObjectShape = Shape.struct({
  ...common,
  query: anyText,
  count: Shape.integer(-1, 10_000),
  offset: Shape.integer(0, 100_000),
  sort: anyText,
  contentProperties: Shape.flag,
  facets: anyText
})

const OperationShape = Shape.struct({
  ...common,
  count: Shape.integer(-1, Number.MAX_SAFE_INTEGER),
  lastResult: Shape.struct({ urlName: anyText, changeTimeMilliseconds: anyText, version: anyText }),
  systemMetadata: Shape.struct({
    changeTime: Shape.struct({ start: anyText, end: anyText }),
    directories: Shape.list("directory", anyText),
    indexable: Shape.flag,
    namespaces: Shape.list("namespace", anyText),
    replicationCollision: Shape.flag,
    transactions: Shape.list("transaction", Shape.choice(["create", "delete", "dispose", "prune", "purge"]))
  })
})

/** A query of objects as they are. */
export type ObjectRequest = Shape.TypeOf<typeof ObjectShape>

/** A query of what was done to objects. */
export type OperationRequest = Shape.TypeOf<typeof OperationShape>

/** What was asked. */
export type QueryRequest =
  | { readonly _tag: "Objects"; readonly request: ObjectRequest }
  | { readonly _tag: "Operations"; readonly request: OperationRequest }

const readText = (request: GatewayRequest): Effect.Effect<string, Refusal> =>
  Effect.flatMap(uploadBody(request), (body) =>
    collectBytes(body, maxBytes, () => refusal(413, `the request has more than ${maxBytes} bytes`))
  ).pipe(
    Effect.flatMap((bytes) =>
      Effect.try({
        try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
        catch: () => refusal(400, "the request is not UTF-8")
      })
    )
  )

const documentOf = (text: string, format: Format): Effect.Effect<Document, Refusal> =>
  format === "json"
    ? Effect.fromResult(fromJson(text))
    : Effect.flatMap(fromXml(text), ({ document, root }) =>
        root === "queryRequest"
          ? Effect.succeed(document)
          : Effect.fail(refusal(400, `the root element is '${root}' where 'queryRequest' is expected`))
      )

const interpret = (document: Document): Result.Result<QueryRequest, Refusal> => {
  // An element with nothing but blanks in it is an empty one.
  const parts = typeof document === "string" && document.trim() === "" ? {} : document
  if (!isBranch(parts)) return Result.fail(refusal(400, "the request is no query"))
  const [[kind, content] = ["operation", ""], ...others] = Object.entries(parts)
  if (others.length > 0) return Result.fail(refusal(400, "the request has more than one query"))
  switch (kind) {
    case "object":
      return Result.map(ObjectShape.read(content ?? "", kind), (request) => ({ _tag: "Objects", request }))
    case "operation":
      return Result.map(OperationShape.read(content ?? "", kind), (request) => ({ _tag: "Operations", request }))
    default:
      return Result.fail(refusal(400, `there is no query of the kind '${kind}'`))
  }
}

/**
 * Reads the body. Fails with 400 for what is no query, with 413 beyond 8 KiB.
 *
 * @internal
 */
export const read = (request: GatewayRequest, format: Format): Effect.Effect<QueryRequest, Refusal> =>
  readText(request).pipe(
    Effect.flatMap((text) => documentOf(text, format)),
    Effect.flatMap((document) => Effect.fromResult(interpret(document)))
  )
