import { Effect, Stream } from "effect"
import * as BlobStore from "../../src/BlobStore.ts"
import type { GatewayRequest, GatewayResponse } from "../../src/Gateway.ts"
import * as HcpSystem from "../../src/HcpSystem.ts"
import type * as SystemSpec from "../../src/SystemSpec.ts"

/** A request as a test writes it: everything but the path has a default, and the sender is the user `n`. */
export interface Sent {
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Names and values in turn, where their case matters. */
  readonly rawHeaders?: ReadonlyArray<string>
  readonly body?: string | Uint8Array | Stream.Stream<Uint8Array, "aborted">
  readonly listener?: GatewayRequest["listener"]
  readonly secure?: boolean
  readonly anonymous?: boolean
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly names: ReadonlyArray<string>
  readonly bytes: Uint8Array
  readonly text: string
  readonly message: string | undefined
}

export const token = "bg==:1dc7fed37e11b35093d311ef66928ad9"

const bodyOf = (body: Sent["body"]): Stream.Stream<Uint8Array, "aborted"> => {
  if (body === undefined) return Stream.empty
  if (typeof body === "string") return Stream.succeed(new TextEncoder().encode(body))
  return body instanceof Uint8Array ? Stream.succeed(body) : body
}

export const collect = <E>(stream: Stream.Stream<Uint8Array, E>) =>
  Effect.map(Stream.runCollect(stream), (chunks) => new Uint8Array(Buffer.concat(chunks)))

export const readBody = ({ body }: GatewayResponse) => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array())
    case "Bytes":
      return Effect.succeed(body.bytes)
    case "Stream":
      return Effect.tap(collect(Stream.orDie(body.stream)), (bytes) =>
        body.length === undefined || bytes.length === body.length
          ? Effect.void
          : Effect.die(`${bytes.length} bytes where ${body.length} were announced`)
      )
  }
}

export const respond = (system: HcpSystem.HcpSystem, method: string, target: string, sent: Sent = {}) =>
  system.gateway.handle({
    method,
    target,
    host: sent.host ?? `n1.t1.${system.domain}`,
    headers: { ...(sent.anonymous ? {} : { authorization: `HCP ${token}` }), ...sent.headers },
    rawHeaders: sent.rawHeaders,
    body: bodyOf(sent.body),
    node: "127.0.11.1",
    listener: sent.listener ?? "data",
    secure: sent.secure ?? true
  })

/** Sends a request and reads the whole answer. */
export const send = (system: HcpSystem.HcpSystem, method: string, target: string, sent: Sent = {}) =>
  Effect.gen(function* () {
    const response = yield* respond(system, method, target, sent)
    const bytes = yield* readBody(response)
    const headers = Object.fromEntries(response.headers.map(([name, value]) => [name.toLowerCase(), value]))
    const answer: Answer = {
      status: response.status,
      headers,
      names: response.headers.map(([name]) => name),
      bytes,
      text: new TextDecoder().decode(bytes),
      message: headers["x-hcp-errormessage"]
    }
    return answer
  })

/** Sends a request of which only the status matters. */
export const status = (system: HcpSystem.HcpSystem, method: string, target: string, sent: Sent = {}) =>
  Effect.map(send(system, method, target, sent), (answer) => answer.status)

/** A system of its own with a memory store; by default namespace n1.t1 and user n. */
export const makeSystem = (spec: Partial<SystemSpec.SystemSpec> = {}) =>
  Effect.flatMap(BlobStore.makeMemory(), (blobs) => HcpSystem.make({ domain: "hcp1.example.com", ...spec }, { blobs }))

/** A system whose only namespace, n1.t1, is as given. */
export const makeNamespace = (namespace: Partial<SystemSpec.NamespaceSpec>) =>
  makeSystem({ namespaces: [{ name: "n1", tenant: "t1", ...namespace }] })
