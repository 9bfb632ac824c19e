/**
 * The short way of a call: one exchange on a warm connection, its body included, as a single step without a scope.
 *
 * Nearly every call needs no more. Whatever does not go as it should is told as an {@link Outcome}, and goes on in the long way
 * (`attempts.ts`), which knows about repeating: nothing is decided here that is decided there.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { NodeAddress, Outcome as NodeOutcome } from "../AddressPool.ts"
import type { Collector, Connection, ExchangeFailure } from "../Connection.ts"
import type { HcpBody } from "../HcpBody.ts"
import type { HcpError, Reason } from "../HcpError.ts"
import { ResponseHeaders } from "../HcpHeaders.ts"
import type { HcpRequest } from "../HcpRequest.ts"
import { type HcpReply, type HcpResponse, textOf } from "../HcpResponse.ts"
import { BodyTooLarge, Closed, IntegrityError } from "../WireReason.ts"
import { type Failed, isBlamable, isRefusal, isServerTrouble, isStored, type System } from "./attempts.ts"
import type { QuickLease } from "./connectionShelf.ts"
import {
  algorithmOf,
  type Expected,
  expectedOf,
  expectedOfStored,
  hasher,
  isComparable,
  isVerified
} from "./integrity.ts"
import type { Watch } from "./observe.ts"
import { type Defaults, type Prepared, prepareNow } from "./prepareRequest.ts"
import { fromStatus } from "./statusReason.ts"

/**
 * How an attempt ended: with an answer, whatever its status; with an answer whose body is not what it should be (`Broken`); with
 * an answer that says something wrong of what was sent (`Refused`); with a failure that may be repeated; or in a way that has to
 * be gone again. `told` is what is left to be told to those who watch the nodes,
 * `at` is when the answer began.
 *
 * @internal
 */
export type Outcome = { readonly told: Effect.Effect<void> | undefined } & (
  | { readonly _tag: "Reply"; readonly reply: HcpReply; readonly at: bigint }
  | { readonly _tag: "Broken"; readonly reply: HcpReply; readonly at: bigint; readonly error: HcpError }
  | { readonly _tag: "Refused"; readonly error: HcpError }
  | { readonly _tag: "Failed"; readonly failed: Failed }
  | { readonly _tag: "Again" }
)

/**
 * Begins a call, and gives how to leave it; gives nothing and does nothing where the long way has to be gone.
 *
 * @internal
 */
export type Quick = (
  request: HcpRequest,
  maxBytes: number,
  watch: Watch,
  done: (outcome: Outcome) => void
) => (() => void) | undefined

/** Larger bodies go the long way, in parts. @internal */
export const maxBodyBytes = 256 * 1024

/** What HCP has to say about an error fits. @internal */
export const errorBodyBytes = 64 * 1024

const answered: NodeOutcome = { _tag: "Answered" }
const serverError: NodeOutcome = { _tag: "ServerError" }
const bodyRead: NodeOutcome = { _tag: "BodyRead" }
const bodyBroken: NodeOutcome = { _tag: "BodyBroken" }
const exchangeFailed: NodeOutcome = { _tag: "ExchangeFailed" }

const noBytes = new Uint8Array()
const noHeaders = new ResponseHeaders([])
const none: ReadonlyArray<never> = []

/** The bytes of a body that is short and in memory; `undefined` for any other. */
const smallBody = (body: HcpBody): Uint8Array | "none" | undefined => {
  switch (body._tag) {
    case "Empty":
      return "none"
    case "Bytes":
      return body.bytes.length <= maxBodyBytes ? body.bytes : undefined
    default:
      return undefined
  }
}

/** @internal */
export const makeQuick = (system: System, defaults: Defaults): Quick | undefined => {
  const nodes = system.nodes.quick
  const connections = system.connections.quick
  const credentials = system.credentials.constant
  if (nodes === undefined || connections === undefined || credentials === undefined) return undefined
  return (request, maxBytes, watch, done) => {
    const prepared = prepareNow(request, defaults)
    if (Result.isFailure(prepared) || prepared.success.minRate !== undefined) return undefined
    const body = smallBody(prepared.success.body)
    if (body === undefined) return undefined
    const node = nodes.peek(watch.begun)
    if (node === undefined) return undefined
    const lease = connections.lend(system.endpointOf(node))
    if (lease === undefined) return undefined
    const { connection } = lease
    if (connection.collect === undefined) {
      lease.giveBack()
      return undefined
    }
    nodes.take()
    const attempt = new Attempt({
      system,
      nodes,
      connections,
      prepared: prepared.success,
      node,
      lease,
      maxBytes,
      watch,
      done
    })
    return attempt.begin(connection.collect.bind(connection), body === "none" ? undefined : body, credentials)
  }
}

interface Parts {
  readonly system: System
  readonly nodes: NonNullable<System["nodes"]["quick"]>
  readonly connections: NonNullable<System["connections"]["quick"]>
  readonly prepared: Prepared
  readonly node: NodeAddress
  readonly lease: QuickLease
  readonly maxBytes: number
  readonly watch: Watch
  readonly done: (outcome: Outcome) => void
}

class Attempt implements Collector {
  readonly #parts: Parts
  #over = false
  #sent: Uint8Array | undefined
  #status = 0
  #headers = noHeaders
  #answeredAt = 0n
  #expected: Expected | undefined
  /** Of a body that is not short; a short one is hashed at its end, which takes less. */
  #hash: crypto.Hash | undefined
  #told: Effect.Effect<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Sends the request; gives how to leave it. */
  begin(
    collect: NonNullable<Connection["collect"]>,
    body: Uint8Array | undefined,
    credentials: ReadonlyArray<readonly [name: string, value: Redacted.Redacted<string>]>
  ): () => void {
    const { lease, prepared, watch } = this.#parts
    const { request } = prepared
    if (body !== undefined && isVerified(request) && isComparable(request)) this.#sent = body
    const headers = [...prepared.headers]
    for (const [name, value] of credentials) headers.push(name, Redacted.value(value))
    collect(
      {
        method: request.method,
        path: prepared.target,
        headers,
        body,
        length: body?.length ?? 0,
        responseTimeoutMillis: prepared.responseTimeoutMillis,
        bodyTimeoutMillis: prepared.bodyTimeoutMillis
      },
      this
    )
    return () => {
      if (this.#over) return
      this.#over = true
      lease.connection.destroy()
      lease.giveBack()
      watch.failed(undefined)
    }
  }

  onHead(status: number, headers: ResponseHeaders): number {
    const { maxBytes, node, nodes, prepared, system, watch } = this.#parts
    const now = watch.clock.monotonicTimeNanosUnsafe()
    this.#status = status
    this.#headers = headers
    this.#answeredAt = now
    system.answers.count++
    this.#tell(nodes.report(node, isServerTrouble(status) ? serverError : answered, watch.begun, now))
    if (!isSuccess(status)) return errorBodyBytes
    const { request } = prepared
    if (request.method === "GET" && isVerified(request)) {
      this.#expected = expectedOf(request, status, headers)
      const isShort = Number(headers.get("content-length") ?? Number.POSITIVE_INFINITY) <= maxBodyBytes
      if (this.#expected !== undefined && !isShort) this.#hash = hasher(this.#expected.scheme)
    }
    return maxBytes
  }

  onPart(bytes: Uint8Array): void {
    this.#hash?.update(bytes)
  }

  onBody(bytes: Uint8Array): void {
    this.#end(() => this.#judge(bytes))
  }

  onTooMany(): void {
    const { maxBytes, prepared } = this.#parts
    this.#end(() =>
      isSuccess(this.#status)
        ? this.#broken(prepared.error(new BodyTooLarge({ limit: maxBytes }), { reached: "answer" }))
        : this.#judge(noBytes)
    )
  }

  onFailure({ reached, reason }: ExchangeFailure): void {
    const { connections, lease, node, prepared, system } = this.#parts
    if (this.#headers !== noHeaders) {
      this.#blame(reason, bodyBroken)
      this.#end(() =>
        isSuccess(this.#status) ? this.#broken(prepared.error(reason, { reached })) : this.#judge(noBytes)
      )
      return
    }
    const isLost = reason._tag === "ConnectionLost"
    if (isLost && lease.isRevoked()) {
      const closed = new Closed({ what: "the connection pool" })
      this.#end(() => this.#failed(closed, reached, false, undefined))
      return
    }
    if (isLost) {
      lease.wasStale()
    } else {
      this.#blame(reason, exchangeFailed)
      // Whoever waits for a connection to a node that is out by now would meet what this call met.
      if (this.#parts.nodes.isPassedOver(node)) connections.turnAway(system.endpointOf(node), reason)
    }
    this.#end(() => this.#failed(reason, reached, isLost, undefined))
  }

  #judge(bytes: Uint8Array): Outcome {
    const { node, nodes, prepared, system, watch } = this.#parts
    const { request } = prepared
    const status = this.#status
    const headers = this.#headers
    const now = watch.clock.monotonicTimeNanosUnsafe()
    const reply = this.#reply(bytes, now)
    if (isServerTrouble(status) || isRefusal(status)) {
      const reason = fromStatus(status, headers, watch.clock.currentTimeMillisUnsafe())
      if (reason !== undefined) return this.#failed(reason, "answer", false, responseOf(reply))
    }
    if (request.method === "GET" && isSuccess(status)) {
      const wrong = this.#expected === undefined ? undefined : mismatch(this.#expected, this.#hash ?? bytes)
      if (wrong !== undefined) {
        this.#blame(wrong, bodyBroken)
        return this.#broken(prepared.error(wrong, { reached: "answer" }))
      }
      this.#tell(nodes.report(node, bodyRead, watch.begun, now))
    }
    if (this.#sent !== undefined && isStored(status)) {
      const [expected] = expectedOfStored(headers, prepared.request)
      if (headers.has("x-hcp-hash")) system.hashes.scheme = expected?.scheme ?? system.hashes.scheme
      const wrong = expected === undefined ? undefined : mismatch(expected, this.#sent)
      if (wrong !== undefined) {
        this.#blame(wrong, exchangeFailed)
        return { _tag: "Refused", error: prepared.error(wrong, { reached: "answer" }), told: this.#told }
      }
    }
    system.budget.credit()
    return { _tag: "Reply", reply, at: this.#answeredAt, told: this.#told }
  }

  #reply(bytes: Uint8Array, now: bigint): HcpReply {
    const { node, system, watch } = this.#parts
    const headers = this.#headers
    return {
      status: this.#status,
      headers,
      target: system.fqdn,
      node: node.address,
      role: system.role,
      servicedBy: headers.get("x-hcp-servicedbysystem"),
      attempts: 1,
      failedAttempts: none,
      repeatedAfterUnknown: false,
      timings: {
        connect: 0,
        firstByte: Number(this.#answeredAt - watch.begun) / 1e6,
        total: Number(now - watch.begun) / 1e6
      },
      bytes,
      get text() {
        return textOf(bytes)
      }
    }
  }

  #failed(reason: Reason, reached: Failed["reached"], stale: boolean, response: HcpResponse | undefined): Outcome {
    const { node } = this.#parts
    return { _tag: "Failed", failed: { _tag: "Failed", node, reason, reached, stale, response }, told: this.#told }
  }

  #broken(error: HcpError): Outcome {
    const reply = this.#reply(noBytes, this.#answeredAt)
    return { _tag: "Broken", reply, at: this.#answeredAt, error, told: this.#told }
  }

  #blame(reason: Reason, outcome: NodeOutcome): void {
    const { node, nodes, watch } = this.#parts
    if (!isBlamable(reason)) return
    this.#tell(nodes.report(node, outcome, watch.begun, watch.clock.monotonicTimeNanosUnsafe()))
  }

  #tell(told: Effect.Effect<void> | undefined): void {
    if (told === undefined) return
    this.#told = this.#told === undefined ? told : Effect.andThen(this.#told, told)
  }

  // The connection goes back first: whoever waits for it is served before this call goes on.
  #end(outcome: () => Outcome): void {
    if (this.#over) return
    this.#over = true
    this.#parts.lease.giveBack()
    this.#parts.done(outcome())
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** What is wrong with bytes, or the hash of bytes, whose hash is known. */
const mismatch = (expected: Expected, bytes: Uint8Array | crypto.Hash): IntegrityError | undefined => {
  const algorithm = algorithmOf(expected.scheme)
  if (algorithm === undefined) return undefined
  const actual = bytes instanceof Uint8Array ? crypto.hash(algorithm, bytes, "hex") : bytes.digest("hex")
  return actual === expected.hash
    ? undefined
    : new IntegrityError({ algorithm: expected.scheme, expected: expected.hash, actual })
}

/** An answer that was read already, for those who want to read it. */
const responseOf = (reply: HcpReply): HcpResponse => ({
  status: reply.status,
  headers: reply.headers,
  target: reply.target,
  node: reply.node,
  role: reply.role,
  servicedBy: reply.servicedBy,
  attempts: reply.attempts,
  failedAttempts: reply.failedAttempts,
  repeatedAfterUnknown: reply.repeatedAfterUnknown,
  timings: reply.timings,
  stream: reply.bytes.length === 0 ? Stream.empty : Stream.succeed(reply.bytes),
  bytes: () => Effect.succeed(reply.bytes)
})
