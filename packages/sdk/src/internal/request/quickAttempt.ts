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
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { NodeAddress, Outcome as NodeOutcome } from "../../AddressPool.ts"
import type { Collector, Connection, ExchangeFailure } from "../../Connection.ts"
import type { HcpBody } from "../../HcpBody.ts"
import type { HcpError, Reason } from "../../HcpError.ts"
import { ResponseHeaders } from "../../HcpHeaders.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { type HcpReply, type HcpResponse, replyWith, servedOf } from "../../HcpResponse.ts"
import { BodyTooLarge, Closed, IntegrityError } from "../../WireReason.ts"
import {
  algorithmOf,
  type Expected,
  expectedOf,
  expectedOfStored,
  hasher,
  isComparable,
  isVerified
} from "../body/integrity.ts"
import type { Loan } from "../pool/borrower.ts"
import { type Failed, isBlamable, isRefusal, isServerTrouble, isStored, type System } from "./attempts.ts"
import type { Watch } from "./observe.ts"
import { type Defaults, type Prepared, prepareNow } from "./prepare.ts"
import { type QuickCredentials, quickCredentials, unsignedOf } from "./signing.ts"
import { fromStatus } from "./statusReason.ts"

/**
 * How an attempt ended: with an answer, whatever its status; with an answer whose body is not what it should be (`Broken`); with
 * an answer that says something wrong of what was sent (`Refused`); with a failure that may be repeated; or in a way that has to
 * be gone again. Or it has not ended, but waited, and now has to open a connection: `open` does that, and then `goOn` goes on.
 * `told` is what is left to be told to those who watch the nodes, `at` is when the answer began.
 *
 * @internal
 */
export type Outcome = { readonly told: Effect.Effect<void> | undefined } & (
  | { readonly _tag: "Reply"; readonly reply: HcpReply; readonly at: bigint }
  | { readonly _tag: "Broken"; readonly reply: HcpReply; readonly at: bigint; readonly error: HcpError }
  | { readonly _tag: "Refused"; readonly error: HcpError }
  | { readonly _tag: "Failed"; readonly failed: Failed }
  | { readonly _tag: "Again" }
  | { readonly _tag: "Opening"; readonly open: Effect.Effect<void>; readonly goOn: () => void }
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
const connectFailed: NodeOutcome = { _tag: "ConnectFailed" }
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
  const credentials = quickCredentials(system.credentials)
  if (nodes === undefined || connections === undefined || credentials === undefined) return undefined
  return (request, maxBytes, watch, done) => {
    const prepared = prepareNow(request, defaults)
    if (Result.isFailure(prepared) || prepared.success.minRate !== undefined) return undefined
    const body = smallBody(prepared.success.body)
    if (body === undefined) return undefined
    const node = nodes.peek(watch.begun)
    if (node === undefined) return undefined
    const call = { system, nodes, connections, credentials, prepared: prepared.success, body, maxBytes, watch, done }
    const attempt = new Attempt(call, node)
    if (!attempt.begin()) return undefined
    nodes.take()
    if (watch.notes !== undefined) watch.notes.asked = node.address
    return () => attempt.leave()
  }
}

/** What an attempt needs to know of its call. */
interface Call {
  readonly system: System
  readonly nodes: NonNullable<System["nodes"]["quick"]>
  readonly connections: NonNullable<System["connections"]["quick"]>
  readonly credentials: QuickCredentials
  readonly prepared: Prepared
  readonly body: Uint8Array | "none"
  readonly maxBytes: number
  readonly watch: Watch
  readonly done: (outcome: Outcome) => void
}

class Attempt implements Collector {
  readonly #call: Call
  readonly #node: NodeAddress
  #loan: Loan | undefined
  #over = false
  /** The connection was opened for this attempt. */
  #isNew = false
  #connectMillis = 0
  #sent: Uint8Array | undefined
  #sentAt = 0n
  #status = 0
  #headers = noHeaders
  #answeredAt = 0n
  #expected: Expected | undefined
  /** Of a body that is not short; a short one is hashed at its end, which takes less. */
  #hash: crypto.Hash | undefined
  #told: Effect.Effect<void> | undefined

  constructor(call: Call, node: NodeAddress) {
    this.#call = call
    this.#node = node
  }

  /** Takes a connection or a place among those who wait for one; `false` if there is neither. */
  begin(): boolean {
    const { connections, system, watch } = this.#call
    const loan = connections.lend(system.endpointOf(this.#node), (failure) => this.#onTurn(failure))
    if (loan === undefined) return false
    this.#loan = loan
    if (loan.connection !== undefined) this.#sign(loan.connection, watch.begun)
    return true
  }

  /** Ends it at once, whatever it is doing. */
  leave(): void {
    if (this.#over) return
    this.#over = true
    this.#loan?.connection?.destroy()
    this.#loan?.giveBack()
    this.#call.watch.failed(undefined)
  }

  #onTurn(failure: ExchangeFailure | undefined): void {
    const loan = this.#loan
    if (this.#over || loan === undefined) return
    if (failure !== undefined) this.#notConnected(failure, false)
    else if (loan.connection !== undefined) this.#sign(loan.connection, this.#now())
    else this.#openFirst(loan)
  }

  // Only a fiber can open a connection and be interrupted while it does.
  #openFirst(loan: Loan): void {
    let failure: ExchangeFailure | undefined
    const open = Effect.match(loan.open, {
      onFailure: (failed) => {
        failure = failed
      },
      onSuccess: (connection) => {
        this.#isNew = true
        this.#connectMillis = connection.connectMillis
      }
    })
    const goOn = () => {
      if (failure !== undefined) this.#notConnected(failure, true)
      else if (loan.connection !== undefined) this.#sign(loan.connection, this.#now())
    }
    this.#call.done({ _tag: "Opening", open, goOn, told: undefined })
  }

  #notConnected({ reached, reason }: ExchangeFailure, hasFailed: boolean): void {
    this.#blame(reason, connectFailed)
    this.#turnOthersAway(reason)
    this.#end(() => this.#failed(reason, reached, false, undefined), hasFailed)
  }

  #sign(connection: Connection, now: bigint): void {
    const { body, credentials, prepared, system, watch } = this.#call
    if (credentials._tag === "Constant") {
      this.#send(connection, prepared.headers.concat(credentials.headers), now)
      return
    }
    let signed: ReturnType<typeof credentials.sign>
    try {
      signed = credentials.sign(unsignedOf(prepared, body, system.secure), watch.clock.currentTimeMillisUnsafe())
    } catch {
      return this.#goAgain()
    }
    signed.then(
      (headers) => {
        if (!this.#over) this.#send(connection, prepared.headers.concat(headers), this.#now())
      },
      // Whatever was wrong with it: the long way asks again, and knows how to tell.
      () => this.#goAgain()
    )
  }

  #send(connection: Connection, headers: ReadonlyArray<string>, now: bigint): void {
    if (connection.collect === undefined) return this.#goAgain()
    const { body, prepared } = this.#call
    const { request } = prepared
    const bytes = body === "none" ? undefined : body
    if (bytes !== undefined && isVerified(request) && isComparable(request)) this.#sent = bytes
    this.#sentAt = now
    connection.collect(
      {
        method: request.method,
        path: prepared.target,
        headers,
        body: bytes,
        length: bytes?.length ?? 0,
        responseTimeoutMillis: prepared.responseTimeoutMillis,
        bodyTimeoutMillis: prepared.bodyTimeoutMillis
      },
      this
    )
  }

  onHead(status: number, headers: ResponseHeaders): number {
    const { maxBytes, nodes, prepared, system, watch } = this.#call
    const now = this.#now()
    this.#status = status
    this.#headers = headers
    this.#answeredAt = now
    if (watch.notes !== undefined) watch.notes.asked = undefined
    system.answers.count++
    this.#tell(nodes.report(this.#node, isServerTrouble(status) ? serverError : answered, watch.begun, now))
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
    const { maxBytes, prepared } = this.#call
    this.#end(() =>
      isSuccess(this.#status)
        ? this.#broken(prepared.error(new BodyTooLarge({ limit: maxBytes }), { reached: "answer" }))
        : this.#judge(noBytes)
    )
  }

  onFailure({ reached, reason }: ExchangeFailure): void {
    // To leave destroys the connection: that says nothing about the node, nor about its other connections.
    if (this.#over) return
    const { prepared } = this.#call
    const loan = this.#loan
    if (this.#headers !== noHeaders) {
      this.#blame(reason, bodyBroken)
      this.#end(() =>
        isSuccess(this.#status) ? this.#broken(prepared.error(reason, { reached })) : this.#judge(noBytes)
      )
      return
    }
    const isLost = reason._tag === "ConnectionLost"
    if (isLost && loan?.isRevoked() === true) {
      const closed = new Closed({ what: "the connection pool" })
      this.#end(() => this.#failed(closed, reached, false, undefined))
      return
    }
    const isStale = isLost && !this.#isNew
    if (isStale) {
      loan?.wasStale()
    } else {
      this.#blame(reason, exchangeFailed)
      this.#turnOthersAway(reason)
    }
    this.#end(() => this.#failed(reason, reached, isStale, undefined))
  }

  #judge(bytes: Uint8Array): Outcome {
    const { nodes, prepared, system, watch } = this.#call
    const { request } = prepared
    const status = this.#status
    const headers = this.#headers
    const now = this.#now()
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
      this.#tell(nodes.report(this.#node, bodyRead, watch.begun, now))
    }
    if (this.#sent !== undefined && isStored(status)) {
      const expected = expectedOfStored(headers, request)
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
    const { system } = this.#call
    const headers = this.#headers
    return replyWith(
      {
        status: this.#status,
        headers,
        target: system.fqdn,
        node: this.#node.address,
        role: system.role,
        servicedBy: headers.get("x-hcp-servicedbysystem"),
        attempts: 1,
        failedAttempts: none,
        retriedAfterAmbiguousFailure: false,
        timings: {
          connect: this.#connectMillis,
          firstByte: Number(this.#answeredAt - this.#sentAt) / 1e6,
          total: Number(now - this.#sentAt) / 1e6
        }
      },
      bytes
    )
  }

  #goAgain(): void {
    this.#end(() => ({ _tag: "Again", told: this.#told }))
  }

  #failed(reason: Reason, reached: Failed["reached"], stale: boolean, response: HcpResponse | undefined): Outcome {
    const failed: Failed = { _tag: "Failed", node: this.#node, reason, reached, stale, response }
    return { _tag: "Failed", failed, told: this.#told }
  }

  #broken(error: HcpError): Outcome {
    const reply = this.#reply(noBytes, this.#answeredAt)
    return { _tag: "Broken", reply, at: this.#answeredAt, error, told: this.#told }
  }

  #blame(reason: Reason, outcome: NodeOutcome): void {
    if (!isBlamable(reason)) return
    const { nodes, watch } = this.#call
    this.#tell(nodes.report(this.#node, outcome, watch.begun, this.#now()))
  }

  // Whoever waits for a connection to a node that is out by now would meet what this call met.
  #turnOthersAway(reason: Reason): void {
    const { connections, nodes, system } = this.#call
    if (isBlamable(reason) && nodes.isPassedOver(this.#node)) {
      connections.turnAway(system.endpointOf(this.#node), reason)
    }
  }

  #tell(told: Effect.Effect<void> | undefined): void {
    if (told === undefined) return
    this.#told = this.#told === undefined ? told : Effect.andThen(this.#told, told)
  }

  // The connection goes back first: whoever waits for it is served before this call goes on.
  #end(outcome: () => Outcome, hasFailed = false): void {
    if (this.#over) return
    this.#over = true
    this.#loan?.giveBack(hasFailed)
    this.#call.done(outcome())
  }

  #now(): bigint {
    return this.#call.watch.clock.monotonicTimeNanosUnsafe()
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
  ...servedOf(reply),
  timings: reply.timings,
  stream: reply.bytes.length === 0 ? Stream.empty : Stream.succeed(reply.bytes),
  bytes: () => Effect.succeed(reply.bytes)
})
