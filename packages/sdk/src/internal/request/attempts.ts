/**
 * One call to one system: attempt after attempt, each on another node, until there is an answer worth keeping.
 *
 * The state of retrying is made on the first failure; a call that succeeds at once pays nothing for it.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Pull from "effect/Pull"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { AddressPool, NodeAddress, Outcome } from "../../AddressPool.ts"
import type { Endpoint } from "../../Connection.ts"
import type { ConnectionPool } from "../../ConnectionPool.ts"
import type { CredentialHeaders, Credentials } from "../../Credentials.ts"
import * as HcpBody from "../../HcpBody.ts"
import type { FailedAttempt, HcpError, Reached, Reason } from "../../HcpError.ts"
import type { HcpResponse } from "../../HcpResponse.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import { Closed, NotReplayable } from "../../WireReason.ts"
import { isComparable, isVerified, SentHashes, statedHash } from "../body/integrity.ts"
import * as bodySource from "../body/source.ts"
import { makeResponse } from "./answerBody.ts"
import { CurrentNotes, type Notes } from "./deadline.ts"
import { debug } from "./log.ts"
import type { Prepared } from "./prepare.ts"
import { credentialsFor } from "./signing.ts"
import { fromStatus } from "./statusReason.ts"

/** What a call needs of its system. @internal */
export interface System {
  readonly fqdn: string
  readonly role: "primary" | "replica"
  /** Whether TLS is used. */
  readonly secure: boolean
  readonly credentials: Credentials["Service"]
  readonly nodes: AddressPool["Service"]
  readonly connections: ConnectionPool["Service"]
  readonly endpointOf: (node: NodeAddress) => Endpoint
  readonly policy: RetryPolicy.RetryPolicy
  readonly budget: RetryPolicy.Budget
  /** Counts the answers of all nodes to all calls, whatever their status. */
  readonly answers: { count: number }
  /** The algorithm HCP named last for what it stored here. */
  readonly hashes: { scheme: string | undefined }
}

/** @internal */
export interface Options {
  /** When the call is left to another system; see `ExecuteOptions` of Target. */
  readonly handOver: "never" | "whenDown" | "beforeDelay"
  /** An attempt at another system may have taken effect. */
  readonly maybeDone: boolean
  /** Addresses of nodes that are asked only when there are no others. */
  readonly avoid: ReadonlyArray<string> | undefined
  /** An attempt that was made already. */
  readonly first: Failed | undefined
}

const emptyBudgets = Metric.counter("hcp_retry_budget_empty_total", {
  description: "Retries that were not made because the budget was empty",
  incremental: true
})

// A warm connection that turns out closed costs no attempt; a node that closes every one of them does.
const maxStale = 3

type NextDelay = (now: number, input: RetryPolicy.Failure) => Pull.Pull<[unknown, Duration.Duration], never, unknown>

/** What a call remembers once an attempt failed. */
interface History {
  readonly failed: Array<FailedAttempt>
  readonly tried: Set<NodeAddress>
  /** Attempts that count against the policy. */
  counted: number
  stale: number
  refreshedCredentials: boolean
  /** Whether an attempt may have taken effect without a final answer. */
  maybeDone: boolean
  /** What was wrong with the certificate of a node, where others may do. */
  badCertificate: string | undefined
  /** The system's answers to all calls when this one began to fail, or last had waited. */
  answersBefore: number
  nextDelay: NextDelay | undefined
}

/** An attempt that did not give an answer worth keeping. @internal */
export interface Failed {
  readonly _tag: "Failed"
  readonly node: NodeAddress
  readonly reason: Reason
  readonly reached: Reached
  /** The connection was warm and broke before any answer: the node had closed it. */
  readonly stale: boolean
  /** The answer with a bad status, kept open until it is known whether it is the last word. */
  readonly response: HcpResponse | undefined
}

const noneTried: ReadonlySet<NodeAddress> = new Set()
const noneFailed: ReadonlyArray<FailedAttempt> = []

/** @internal */
export const run: (
  system: System,
  prepared: Prepared,
  options: Options
) => Effect.Effect<HcpResponse, HcpError, Scope.Scope> = Effect.fnUntraced(function* (system, prepared, options) {
  const scope = yield* Effect.scope
  const notes = yield* CurrentNotes
  const avoided = options.avoid === undefined ? noneTried : yield* nodesAt(system, options.avoid)
  let history: History | undefined
  let first = options.first
  for (;;) {
    const attemptScope = Scope.forkUnsafe(scope)
    const result: HcpResponse | Failed =
      first ??
      (yield* attempt(system, prepared, options, history, avoided, attemptScope, notes).pipe(
        Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(attemptScope, exit) : Effect.void))
      ))
    first = undefined
    if (!isFailed(result)) {
      system.budget.credit()
      // Good nodes may hide for long that this one needs a new certificate.
      if (history?.badCertificate !== undefined) yield* Effect.logWarning(history.badCertificate)
      return result
    }
    history ??= {
      failed: [],
      tried: new Set(),
      counted: 0,
      stale: 0,
      refreshedCredentials: false,
      maybeDone: options.maybeDone,
      badCertificate: undefined,
      answersBefore: system.answers.count,
      nextDelay: undefined
    }
    const again = yield* shallRepeat(system, prepared, options, result, history)
    if (again._tag === "Stop") {
      if (result.response !== undefined) return result.response
      yield* Scope.close(attemptScope, Exit.void)
      return yield* prepared.error(again.reason, {
        reached: history.maybeDone ? "request" : result.reached,
        failedAttempts: history.failed,
        systemDown: result.reason.isRetryable && (yield* seemsDown(system, history))
      })
    }
    yield* Scope.close(attemptScope, Exit.void)
    // Behind a 500, 502 or 504 the request may have been carried out all the same.
    if (result.reached === "request" || result.reason._tag === "ServerError") history.maybeDone = true
    const failed: FailedAttempt = { address: result.node.address, failure: result.reason.message }
    history.failed.push(failed)
    if (notes !== undefined) {
      notes.failed.push(failed)
      notes.asked = undefined
    }
    if (result.reason._tag === "CertificateError") history.badCertificate = result.reason.message
    yield* debug("attempt failed, trying again", () => ({
      ...aboutRequest(prepared),
      node: result.node.address,
      failure: result.reason.message,
      delay: again.delay === undefined ? "none" : Duration.format(again.delay)
    }))
    if (again.delay !== undefined) {
      yield* Effect.sleep(again.delay)
      history.answersBefore = system.answers.count
    }
  }
})

const nodesAt = (system: System, addresses: ReadonlyArray<string>): Effect.Effect<ReadonlySet<NodeAddress>> =>
  Effect.map(system.nodes.addresses, (nodes) => new Set(nodes.filter((node) => addresses.includes(node.address))))

const aboutRequest = (prepared: Prepared) => ({ method: prepared.request.method, path: prepared.request.path })

const isFailed = (result: HcpResponse | Failed): result is Failed => "_tag" in result

const attempt = Effect.fnUntraced(function* (
  system: System,
  prepared: Prepared,
  options: Options,
  history: History | undefined,
  avoided: ReadonlySet<NodeAddress>,
  scope: Scope.Closeable,
  notes: Notes | undefined
): Effect.fn.Return<HcpResponse | Failed, HcpError> {
  // The body first: a file that is missing costs no connection.
  const body = yield* Scope.provide(bodySource.open(prepared.body), scope).pipe(
    Effect.mapError(asErrorOf(prepared, history))
  )
  const secrets = yield* Effect.mapError(
    credentialsFor(system.credentials, prepared, body, system.secure),
    asErrorOf(prepared, history)
  )
  const clock = yield* Clock.Clock
  const since = clock.monotonicTimeNanosUnsafe()
  const node = yield* Effect.mapError(system.nodes.next(nodesToPass(history, avoided)), asErrorOf(prepared, history))
  if (notes !== undefined) notes.asked = node.address
  const lent = yield* Effect.result(Scope.provide(system.connections.lend(system.endpointOf(node)), scope))
  if (lent._tag === "Failure") {
    const { reached, reason } = lent.failure
    yield* blame(system, node, reason, "connect", since)
    return { _tag: "Failed", node, reason, reached, stale: false, response: undefined }
  }
  const { connection, reused } = lent.success
  if (!reused) {
    yield* debug("connected", () => ({ node: node.address, fqdn: system.fqdn, millis: connection.connectMillis }))
  }
  const sending =
    isVerified(prepared.request) && body.content !== undefined && isComparable(prepared.request)
      ? SentHashes.of(body.content, prepared.request.verify === "etag" ? "MD5" : system.hashes.scheme)
      : undefined
  const sentAt = clock.monotonicTimeNanosUnsafe()
  const sent = yield* Effect.result(
    connection.exchange({
      method: prepared.request.method,
      path: prepared.target,
      headers: wireHeaders(prepared, secrets, body),
      body: sending?.content ?? body.content,
      length: body.length,
      responseTimeoutMillis: prepared.responseTimeoutMillis,
      bodyTimeoutMillis: prepared.bodyTimeoutMillis,
      minRate: prepared.minRate
    })
  )
  if (sent._tag === "Failure") {
    const { reached } = sent.failure
    const isClosed = sent.failure.reason._tag === "ConnectionLost" && lent.success.isRevoked()
    const reason = isClosed ? new Closed({ what: "the connection pool" }) : sent.failure.reason
    const stale = reused && reason._tag === "ConnectionLost"
    if (stale) yield* lent.success.wasStale
    else yield* blame(system, node, reason, "exchange", since)
    return { _tag: "Failed", node, reason, reached, stale, response: undefined }
  }
  const answer = sent.success
  if (notes !== undefined) notes.asked = undefined
  const answeredAt = clock.monotonicTimeNanosUnsafe()
  system.answers.count++
  const outcome: Outcome = isServerTrouble(answer.status) ? { _tag: "ServerError" } : { _tag: "Answered" }
  yield* system.nodes.report(node, outcome, since)
  const response = makeResponse(answer, {
    prepared,
    clock,
    connectMillis: reused ? 0 : connection.connectMillis,
    sentAt,
    answeredAt,
    served: {
      target: system.fqdn,
      node: node.address,
      role: system.role,
      attempts: (history?.failed.length ?? 0) + 1,
      failedAttempts: history?.failed ?? noneFailed,
      retriedAfterAmbiguousFailure: history?.maybeDone ?? options.maybeDone
    },
    onBroken: (failure) => blame(system, node, failure.reason, "body", since),
    onRead: system.nodes.report(node, { _tag: "BodyRead" }, since)
  })
  yield* debug("answered", () => ({
    ...aboutRequest(prepared),
    node: node.address,
    status: answer.status,
    reused,
    ...response.timings
  }))
  if (sending !== undefined && isStored(answer.status)) {
    system.hashes.scheme = statedHash(answer.headers)?.scheme ?? system.hashes.scheme
    const reason = yield* sending.hashes.compare(answer.headers, prepared.request)
    if (reason !== undefined) {
      yield* blame(system, node, reason, "exchange", since)
      return yield* prepared.error(reason, { reached: "answer", failedAttempts: history?.failed ?? noneFailed })
    }
  }
  if (!isServerTrouble(answer.status) && !isRefusal(answer.status)) return response
  const reason = fromStatus(answer.status, answer.headers, clock.currentTimeMillisUnsafe())
  if (reason === undefined) return response
  return { _tag: "Failed", node, reason, reached: "answer", stale: false, response }
})

const nodesToPass = (history: History | undefined, avoided: ReadonlySet<NodeAddress>): ReadonlySet<NodeAddress> =>
  history === undefined ? avoided : avoided.size === 0 ? history.tried : new Set([...avoided, ...history.tried])

// Nothing of this attempt was sent, but perhaps of one before. A name without addresses is a system that is down.
const asErrorOf = (prepared: Prepared, history: History | undefined) => (error: HcpError) =>
  prepared.error(error.reason, {
    reached: history?.maybeDone === true ? "request" : "nothing",
    failedAttempts: history?.failed ?? noneFailed,
    systemDown: error.reason._tag === "NameNotFound" || error.reason._tag === "NameServerFailed"
  })

/** Whether a status says that HCP could not, where it otherwise might. @internal */
export const isServerTrouble = (status: number): boolean =>
  status === 429 || status === 500 || status === 502 || status === 503 || status === 504

/** @internal */
export const isStored = (status: number): boolean => status === 200 || status === 201

/** Whether a status says that the credentials may be wrong. @internal */
export const isRefusal = (status: number): boolean => status === 401 || status === 403

const wireHeaders = (
  prepared: Prepared,
  secrets: CredentialHeaders,
  body: bodySource.OpenBody
): ReadonlyArray<string> => {
  const headers = [...prepared.headers]
  for (const [name, value] of secrets) headers.push(name, Redacted.value(value))
  if (body.length !== undefined && body.content !== undefined && !(body.content instanceof Uint8Array)) {
    headers.push("Content-Length", String(body.length))
  }
  return headers
}

// What the node can be blamed for; the caller's own faults and limits are not its.
const blamable: ReadonlySet<Reason["_tag"]> = new Set<Reason["_tag"]>([
  "CannotConnect",
  "CertificateError",
  "Timeout",
  "ConnectionLost",
  "ProtocolError",
  "IncompleteBody",
  "IntegrityError"
])

/** Whether it is the node's fault. @internal */
export const isBlamable = (reason: Reason): boolean =>
  blamable.has(reason._tag) && !(reason._tag === "Timeout" && reason.phase === "queue")

const outcomes = {
  connect: { _tag: "ConnectFailed" },
  exchange: { _tag: "ExchangeFailed" },
  body: { _tag: "BodyBroken" }
} as const

const blame = (
  system: System,
  node: NodeAddress,
  reason: Reason,
  phase: keyof typeof outcomes,
  since: bigint
): Effect.Effect<void> => {
  if (!isBlamable(reason)) return Effect.void
  return Effect.andThen(system.nodes.report(node, outcomes[phase], since), clearQueue(system, node, reason))
}

// Whoever waits for a connection to a node that is out by now would meet what this call met, one timeout after the other.
const clearQueue = (system: System, node: NodeAddress, reason: Reason): Effect.Effect<void> =>
  Effect.flatMap(system.nodes.health, (nodes) =>
    nodes.some((one) => one.node === node && one.status === "ejected") && nodes.some((one) => one.status === "healthy")
      ? system.connections.turnAway(system.endpointOf(node), reason)
      : Effect.void
  )

type Verdict =
  | { readonly _tag: "Stop"; readonly reason: Reason }
  | { readonly _tag: "Again"; readonly delay: Duration.Duration | undefined }

const atOnce: Verdict = { _tag: "Again", delay: undefined }

const shallRepeat = Effect.fnUntraced(function* (
  system: System,
  prepared: Prepared,
  options: Options,
  failed: Failed,
  history: History
): Effect.fn.Return<Verdict, HcpError> {
  const { reached, reason, response } = failed
  const stop: Verdict = { _tag: "Stop", reason }
  const safety = RetryPolicy.mayRepeat({
    method: prepared.request.method,
    idempotent: prepared.request.idempotent,
    replayable: HcpBody.isReplayable(prepared.body),
    reached
  })
  const isFree = failed.stale && history.stale < maxStale
  if (!isFree) history.tried.add(failed.node)
  if (response !== undefined && isRefusal(response.status)) {
    if (history.refreshedCredentials) return stop
    history.refreshedCredentials = true
    const { refresh, refused } = system.credentials
    // Also where this call cannot be repeated: the next one profits.
    const isWorthIt = yield* Effect.mapError(refused?.(response) ?? refresh, asErrorOf(prepared, history))
    return isWorthIt && safety !== "bodyIsGone" ? atOnce : stop
  }
  const otherCertificate = reason._tag === "CertificateError"
  if (!reason.isRetryable && !otherCertificate) return stop
  if (safety === "unsafe") return stop
  if (safety === "bodyIsGone") return { _tag: "Stop", reason: new NotReplayable({ failure: reason.message }) }
  if (isFree) {
    history.stale++
    return atOnce
  }
  const untried = (yield* system.nodes.addresses).some((node) => !history.tried.has(node))
  if (reached === "nothing") {
    if (untried) return atOnce
    if (otherCertificate || (options.handOver !== "never" && (yield* seemsDown(system, history)))) return stop
  }
  const waits = response !== undefined || !untried
  history.counted++
  if (history.counted >= system.policy.attempts || (waits && options.handOver === "beforeDelay")) return stop
  if (!system.budget.take(reason)) {
    yield* Metric.update(emptyBudgets, 1)
    return stop
  }
  return waits ? yield* delayed(system, reason, history) : atOnce
})

const delayed = Effect.fnUntraced(function* (
  system: System,
  reason: Reason,
  history: History
): Effect.fn.Return<Verdict> {
  history.nextDelay ??= yield* Schedule.toStep(system.policy.delay)
  const next = history.nextDelay
  const now = yield* Clock.currentTimeMillis
  return yield* Pull.matchEffect(next(now, { reason }), {
    onSuccess: ([, delay]) => Effect.succeed<Verdict>({ _tag: "Again", delay }),
    onFailure: (cause) => Effect.failCause(cause),
    onDone: () => Effect.succeed<Verdict>({ _tag: "Stop", reason })
  })
})

// Answers to other calls speak against it: then it may be this request that nodes cannot serve, or connections they are short of.
const seemsDown = (system: System, history: History): Effect.Effect<boolean> =>
  Effect.map(
    system.nodes.addresses,
    (nodes) =>
      system.answers.count === history.answersBefore &&
      history.tried.size >= Math.min(Math.max(system.policy.attempts, 2), nodes.length)
  )
