/**
 * A namespace as plain HTTP: `GET`, `HEAD`, `PUT` and `DELETE` below `/objects`.
 *
 * Nothing is held in memory. What a client sends or takes slowly is sent to, or taken from, HCP as slowly, and a client
 * that goes away ends its call to HCP: the fiber of a request is interrupted, and with it everything below.
 */
import { ByteRange, Conditions, HcpBody, type HcpError, Namespace, type ObjectMetadata } from "@effect-hcp/sdk"
import { Data, DateTime, Effect, Stream } from "effect"
import { HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { refusal } from "./refusal.ts"

export interface Options {
  /** The most bytes of an object that is stored. More are answered with 413. */
  readonly maxBytes: number
}

/** What was sent has more bytes than the gateway takes. */
export class TooMuch extends Data.TaggedError("TooMuch")<{ readonly maxBytes: number }> {}

// The part of the URL after the prefix, each segment decoded once. What cannot be decoded has no route.
const objectPath = (request: HttpServerRequest.HttpServerRequest): string => {
  const [path = ""] = request.url.split("?", 1)
  return path.split("/").map(decodeURIComponent).join("/")
}

/** What is said of an object, with its data or without. */
const headersOf = ({ createdAt, etag }: ObjectMetadata.ObjectMetadata): Readonly<Record<string, string>> => ({
  "accept-ranges": "bytes",
  ...(etag === undefined ? {} : { etag }),
  ...(createdAt === undefined ? {} : { "last-modified": DateTime.toDateUtc(createdAt).toUTCString() })
})

const typeOf = ({ contentType }: ObjectMetadata.ObjectMetadata): string => contentType ?? "application/octet-stream"

const read = Effect.fnUntraced(function* (path: string, request: HttpServerRequest.HttpServerRequest) {
  const ns = yield* Namespace.Namespace
  const conditions = Conditions.fromHeaders(request.headers)
  if (request.method === "HEAD") {
    const metadata = yield* ns.head(path, conditions)
    const { size, type } = metadata
    if (type === "directory") return HttpServerResponse.empty({ status: 404 })
    // A HEAD has no body; its length is that of the GET.
    return HttpServerResponse.empty({
      status: 200,
      headers: {
        ...headersOf(metadata),
        "content-type": typeOf(metadata),
        ...(size === undefined ? {} : { "content-length": String(size) })
      }
    })
  }

  // The scope is that of the request: it holds the connection until the last byte went to the client, or the client.
  const ifRange = request.headers["if-range"]
  const asked = ByteRange.fromHeader(request.headers.range)
  const whole = ns.open(path, conditions)
  const part = ns.open(path, { ...conditions, range: asked })
  // A part of the object that the client has the rest of, or else the whole; by a date nobody can say which one it has.
  const sameOrWhole = /^"[^"]*"$/.test(ifRange ?? "")
    ? ns
        .open(path, { ...conditions, range: asked, ifMatch: ifRange })
        .pipe(Effect.catchReason("HcpError", "PreconditionFailed", () => whole))
    : whole

  const { metadata, range, stream } = yield* ifRange === undefined ? part : sameOrWhole
  return HttpServerResponse.stream(stream, {
    status: range === undefined ? 200 : 206,
    contentType: typeOf(metadata),
    contentLength: range === undefined ? metadata.size : range.last - range.first + 1,
    headers: {
      ...headersOf(metadata),
      ...(range === undefined ? {} : { "content-range": `bytes ${range.first}-${range.last}/${range.size ?? "*"}` })
    }
  })
})

/** The bytes as they come, up to the limit: of a body without a length nobody knows before how many there will be. */
const limited = <E>(bytes: Stream.Stream<Uint8Array, E>, maxBytes: number): Stream.Stream<Uint8Array, E | TooMuch> =>
  Stream.suspend(() => {
    let left = maxBytes
    return Stream.mapEffect(bytes, (chunk) => {
      left -= chunk.length
      return left < 0 ? Effect.fail(new TooMuch({ maxBytes })) : Effect.succeed(chunk)
    })
  })

const store = Effect.fnUntraced(function* (
  path: string,
  request: HttpServerRequest.HttpServerRequest,
  { maxBytes }: Options
) {
  const ns = yield* Namespace.Namespace
  const header = request.headers["content-length"]
  const length = header === undefined ? undefined : Number(header)
  // Before a byte is taken: whoever waits for "100 Continue" need not send it at all.
  if (length !== undefined && length > maxBytes) return yield* new TooMuch({ maxBytes })

  // Whether it was modified since is a question of those who read.
  const { ifModifiedSince: _, ...conditions } = Conditions.fromHeaders(request.headers)
  // Without a condition nothing is overwritten; HCP would not do it either.
  const body = HcpBody.streamOnce(limited(request.stream, maxBytes), { length })
  const { metadata } = yield* ns.put(path, body, conditions)
  return HttpServerResponse.empty({ status: 201, headers: headersOf(metadata) })
})

const remove = Effect.fnUntraced(function* (path: string) {
  const ns = yield* Namespace.Namespace
  yield* ns.delete(path)
  return HttpServerResponse.empty({ status: 204 })
})

/** Runs a route for the path of the request, and answers for the error, if there is one. */
const answering =
  <R>(
    route: (
      path: string,
      request: HttpServerRequest.HttpServerRequest
    ) => Effect.Effect<HttpServerResponse.HttpServerResponse, HcpError.HcpError | TooMuch, R>
  ) =>
  (request: HttpServerRequest.HttpServerRequest) =>
    route(objectPath(request), request).pipe(
      Effect.catchTags({
        TooMuch: ({ maxBytes }) =>
          Effect.succeed(HttpServerResponse.jsonUnsafe({ error: "TooLarge", maxBytes }, { status: 413 })),
        HcpError: refusal
      })
    )

/** The routes. HEAD goes the way of GET. */
export const layer = (options: Options) =>
  HttpRouter.use((router) => {
    const objects = router.prefixed("/objects")
    return Effect.all(
      [
        objects.add("GET", "/*", answering(read)),
        objects.add(
          "PUT",
          "/*",
          answering((path, request) => store(path, request, options))
        ),
        objects.add("DELETE", "/*", answering(remove))
      ],
      { discard: true }
    )
  })

/** The router's own rules would make one object of `/a//b`, `/a/b` and `/a/b/`, and take paths of 100 bytes at most. */
export const serve = (options: Options) =>
  HttpRouter.serve(layer(options), {
    routerConfig: { ignoreDuplicateSlashes: false, ignoreTrailingSlash: false, maxParamLength: 4 * 4096 },
    disableLogger: true,
    disableListenLog: true
  })
