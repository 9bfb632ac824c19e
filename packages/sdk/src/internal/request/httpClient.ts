/**
 * The client as an `HttpClient` of `effect/http`, for code that is written against that.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import type { HcpRequest, Method } from "../../HcpRequest.ts"
import type { HcpResponse } from "../../HcpResponse.ts"

type Execute = (request: HcpRequest) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>

const methods: ReadonlySet<string> = new Set<Method>(["GET", "HEAD", "PUT", "POST", "DELETE"])
const isMethod = (method: string): method is Method => methods.has(method)

/** @internal */
export const fromExecute = (execute: Execute, fqdn: string): HttpClient.HttpClient =>
  HttpClient.make((request, url, signal) => {
    const hcpRequest = convert(request, url, fqdn)
    if (typeof hcpRequest === "string") return refuse(request, hcpRequest)
    return Effect.uninterruptibleMask((restore) => {
      const scope = Scope.makeUnsafe()
      return restore(Scope.provide(execute(hcpRequest), scope)).pipe(
        Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void)),
        Effect.mapError((cause) => transportError(request, cause.message, cause)),
        Effect.flatMap((response) => toResponse(request, response, scope, signal))
      )
    })
  }).pipe(
    HttpClient.mapRequest((request) =>
      request.url.startsWith("/") ? HttpClientRequest.setUrl(request, `http://${fqdn}${request.url}`) : request
    )
  )

const transportError = (request: HttpClientRequest.HttpClientRequest, description: string, cause?: HcpError) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause, description })
  })

const refuse = (request: HttpClientRequest.HttpClientRequest, description: string) =>
  Effect.fail(
    new HttpClientError.HttpClientError({ reason: new HttpClientError.InvalidUrlError({ request, description }) })
  )

const convert = (request: HttpClientRequest.HttpClientRequest, url: URL, fqdn: string): HcpRequest | string => {
  if (!isMethod(request.method)) return `HCP does not know the method ${request.method}`
  if (url.hostname !== fqdn.toLowerCase()) return `this client speaks to ${fqdn}; give a path, or a URL with that host`
  const body = convertBody(request)
  if (body === undefined) return "form data is not supported; send bytes, text or a stream"
  const headers = Object.entries(request.headers).filter(([name]) => !isOurs(name))
  const contentType = "contentType" in request.body ? request.body.contentType : undefined
  if (contentType !== undefined && !headers.some(([name]) => name === "content-type")) {
    headers.push(["content-type", contentType])
  }
  const path = decodePath(url.pathname)
  if (path === undefined) return `the path ${url.pathname} is not valid percent-encoded UTF-8`
  return {
    method: request.method,
    path,
    query: Array.from(url.searchParams),
    headers,
    body
  }
}

const decodePath = (pathname: string): string | undefined => {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}

// Framing is the SDK's own; the trace context is kept.
const isOurs = (name: string): boolean => name === "content-length" || name === "host" || name === "accept-encoding"

const convertBody = (request: HttpClientRequest.HttpClientRequest): HcpBody.HcpBody | undefined => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return HcpBody.empty
    case "Uint8Array":
      return HcpBody.bytes(body.body)
    case "Stream":
      return HcpBody.streamOnce(body.stream, { length: body.contentLength })
    case "Raw":
      return typeof body.body === "string"
        ? HcpBody.text(body.body)
        : body.body instanceof Uint8Array
          ? HcpBody.bytes(body.body)
          : undefined
    case "FormData":
      return undefined
  }
}

const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

// What a Web response can have; HTTP allows three digits of any kind.
const isWebStatus = (status: number): boolean => status >= 200 && status < 600

const toResponse = (
  request: HttpClientRequest.HttpClientRequest,
  response: HcpResponse,
  scope: Scope.Closeable,
  signal: AbortSignal
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  const { status } = response
  const close = Scope.close(scope, Exit.void)
  if (!isWebStatus(status)) {
    return Effect.andThen(close, Effect.fail(transportError(request, `${status} is no status of HTTP`)))
  }
  const headers = new Headers()
  for (const [name, value] of response.headers) headers.append(name, value)
  if (request.method === "HEAD" || bodiless.has(status)) {
    return Effect.as(close, HttpClientResponse.fromWeb(request, new Response(null, { status, headers })))
  }
  return Effect.contextWith((context) => {
    // A response that is dropped unread is aborted by effect/http; the connection must not wait for its body then.
    signal.addEventListener("abort", () => Effect.runForkWith(context)(close), { once: true })
    const body = Stream.toReadableStreamWith(Stream.ensuring(response.stream, close), context)
    return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status, headers })))
  })
}
