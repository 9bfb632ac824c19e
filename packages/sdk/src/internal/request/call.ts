/**
 * One call to one system: attempt after attempt, each on another node, until there is an answer worth keeping.
 *
 * The only loop in which requests are repeated. The state of retrying is made on the first failure; a call that
 * succeeds at once pays nothing for it.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as HcpBody from "../../HcpBody.ts"
import type { FailedAttempt, HcpError, Reason } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { type Check, isSuccess } from "../../HcpResponse.ts"
import type { NodeAddress } from "../../NodeHealth.ts"
import { effectOf } from "../../OptionCheck.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import * as bodySource from "../body/source.ts"
import type { Outcome } from "./attempt.ts"
import { CallEvents } from "./events.ts"
import { Exchange } from "./exchange.ts"
import { isOfThisComputer, isRefusal } from "./judge.ts"
import { type Prepared, prepareNow } from "./prepare.ts"
import type { Answer, Delivery } from "./response.ts"
import { type Decision, decide, type History, isBrokenBody, note, type Snapshot } from "./retry.ts"
import { redactedPairs } from "./signing.ts"
import type { System } from "./system.ts"

/** @internal */
export interface Options {
  /** When the call is left to another system; see `ExecuteOptions` of Target. */
  readonly handOver: "never" | "whenDown" | "beforeDelay"
  /** An attempt at another system may have taken effect. */
  readonly maybeDone: boolean
  /** Addresses of nodes that are asked only when there are no others. */
  readonly avoid: ReadonlyArray<string> | undefined
}

const emptyBudgets = Metric.counter("hcp_retry_budget_empty_total", {
  description: "Retries that were not made because the budget was empty",
  incremental: true
})

const noneTried: ReadonlySet<NodeAddress> = new Set()
const noneFailed: ReadonlyArray<FailedAttempt> = []

type NextDelay = (now: number, input: RetryPolicy.Failure) => Pull.Pull<[unknown, Duration.Duration], never, unknown>

type Failed<A extends Answer> = Extract<Outcome<A>, { readonly _tag: "Failed" }>

/** Sends a request to one system. Fails with any `WireReason`; the answer is handed over whatever its status. */
export const send = <A extends Answer>(
  system: System,
  request: HcpRequest,
  delivery: Delivery<A>,
  options: Options
): Effect.Effect<A, HcpError> =>
  Effect.withFiber((fiber) => {
    const prepared = prepareNow(request, system.defaults)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const events = new CallEvents(fiber, request)
    events.watchBy(system.pool.timeouts)
    return new Call(system, prepared.success, delivery, options, events).run
  })

class Call<A extends Answer> {
  readonly #system: System
  readonly #prepared: Prepared
  readonly #delivery: Delivery<A>
  readonly #options: Options
  readonly #events: CallEvents
  #history: History | undefined
  /** The system's answers to all calls when this one began to fail, or last had waited. */
  #answersBefore = 0
  /** What was wrong with the certificate of a node, where others may do. */
  #badCertificate: string | undefined
  #nextDelay: NextDelay | undefined

  constructor(system: System, prepared: Prepared, delivery: Delivery<A>, options: Options, events: CallEvents) {
    this.#system = system
    this.#prepared = prepared
    this.#delivery = delivery
    this.#options = options
    this.#events = events
  }

  readonly run: Effect.Effect<A, HcpError> = Effect.suspend(() =>
    Effect.flatMap(this.#attempt(), (outcome) => this.#after(outcome))
  )

  // --- one attempt

  #attempt(): Effect.Effect<Outcome<A>, HcpError> {
    const { body } = this.#prepared
    // The body first: a file that is missing costs no connection.
    const open = bodySource.openNow(body)
    if (open === undefined) return this.#withOpened(body)
    return Result.isFailure(open) ? Effect.fail(this.#asError(open.failure)) : this.#exchange(open.success)
  }

  #withOpened(body: HcpBody.HcpBody): Effect.Effect<Outcome<A>, HcpError> {
    return Effect.suspend(() => {
      const scope = Scope.makeUnsafe()
      const opened = Scope.provide(bodySource.open(body), scope)
      const inTurn = body._tag === "File" ? this.#system.opening.withPermit(opened) : opened
      return Effect.onExit(
        Effect.flatMap(
          Effect.mapError(inTurn, (error) => this.#asError(error)),
          (opened) => this.#exchange(opened)
        ),
        // Not with the exit: a closed scope keeps it, V8 allocates scopes in the old space once a program has had a
        // hundred that live long, and then each keeps its call with all its headers until the next full collection.
        () => Scope.close(scope, Exit.void)
      )
    })
  }

  /** Is called inside of an effect: the nodes are those of this moment. */
  #exchange(body: bodySource.OpenBody): Effect.Effect<Outcome<A>, HcpError> {
    const { nodes, pool } = this.#system
    const candidates = nodes.candidates(pool.timeouts.now(), this.#nodesToPass())
    if (candidates.length === 0) {
      const resolved = Effect.mapError(nodes.resolved, (error) => this.#asError(error))
      return Effect.flatMap(resolved, () => this.#exchange(body))
    }
    return Effect.callback<Outcome<A>>((resume) => {
      const exchange = new Exchange<A>({
        system: this.#system,
        prepared: this.#prepared,
        delivery: this.#delivery,
        events: this.#events,
        body,
        nodes: candidates,
        before: this.#before(),
        done: (outcome) => resume(Effect.succeed(outcome))
      })
      exchange.begin()
      return exchange.cancel()
    })
  }

  #before() {
    const failedAttempts = this.#history?.failed ?? noneFailed
    return {
      attempts: failedAttempts.length + 1,
      failedAttempts,
      retriedAfterAmbiguousFailure: this.#history?.maybeDone ?? this.#options.maybeDone
    }
  }

  #nodesToPass(): ReadonlySet<NodeAddress> {
    const tried = this.#history?.tried ?? noneTried
    const { avoid } = this.#options
    if (avoid === undefined || avoid.length === 0) return tried
    const avoided = this.#system.nodes.all().filter((node) => avoid.includes(node.address))
    return new Set([...avoided, ...tried])
  }

  // Nothing of this attempt was sent, but perhaps of one before. A name without addresses is a system that is down.
  #asError({ reason }: HcpError): HcpError {
    return this.#prepared.error(reason, {
      reached: this.#history?.maybeDone === true ? "request" : "nothing",
      failedAttempts: this.#history?.failed ?? noneFailed,
      systemDown: reason._tag === "NameNotFound" || reason._tag === "NameServerFailed"
    })
  }

  // --- what follows from it

  #after(outcome: Outcome<A>): Effect.Effect<A, HcpError> {
    switch (outcome._tag) {
      case "Answered":
        return this.#delivery.check !== undefined && isSuccess(outcome.answer)
          ? this.#checked(outcome.answer, this.#delivery.check)
          : this.#answered(outcome.answer)
      case "Ended":
        return Effect.fail(outcome.error)
      case "Defect":
        return Effect.failCause(outcome.cause)
      case "Failed":
        return this.#afterFailure(outcome)
    }
  }

  #answered(answer: A): Effect.Effect<A> {
    this.#system.budget.credit()
    // Good nodes may hide for long that this one needs a new certificate.
    return this.#badCertificate === undefined
      ? Effect.succeed(answer)
      : Effect.as(Effect.logWarning(this.#badCertificate), answer)
  }

  /** What its reader finds broken is a failure as what the exchange finds: until then nobody has used any of it. */
  #checked(answer: A, check: Check<A>): Effect.Effect<A, HcpError> {
    return Effect.flatMap(check(answer), (reason) => {
      if (reason === undefined || !isBrokenBody(reason)) return this.#answered(answer)
      const { node: address } = answer
      const node = this.#system.nodes.all().find((each) => each.address === address)
      const failure = { node, address, reason, reached: "answer", stale: false, stage: "body" } as const
      return this.#afterFailure({ _tag: "Failed", ...failure, isAmbiguous: false, answer })
    })
  }

  #afterFailure(failed: Failed<A>): Effect.Effect<A, HcpError> {
    const history = this.#begunHistory(failed)
    note(history, failed)
    const decision = decide(history, failed, this.#snapshot(failed, history))
    switch (decision._tag) {
      case "Stop":
        return this.#stop(failed, decision.reason)
      case "Free":
        if (failed.stale) history.stale++
        return this.#again(failed, undefined)
      case "RefreshCredentials":
        return this.#afterRefresh(failed, history, decision)
      case "Now":
      case "After":
        history.counted++
        if (!this.#system.budget.take(failed.reason)) {
          return Effect.andThen(Metric.update(emptyBudgets, 1), this.#stop(failed, failed.reason))
        }
        return decision._tag === "Now" ? this.#again(failed, undefined) : this.#afterDelay(failed)
    }
  }

  #begunHistory({ stage }: Failed<A>): History {
    if (this.#history === undefined) {
      // The answer whose body broke is counted already, and shows as any other that the system is there.
      this.#answersBefore = this.#system.answers.count - (stage === "body" ? 1 : 0)
      this.#history = {
        failed: [],
        tried: new Set(),
        counted: 0,
        stale: 0,
        mismatches: 0,
        refreshedCredentials: false,
        maybeDone: this.#options.maybeDone
      }
    }
    return this.#history
  }

  #snapshot({ answer, reached, stage }: Failed<A>, history: History): Snapshot {
    const { nodes, policy } = this.#system
    const { body, request } = this.#prepared
    return {
      attempts: policy.attempts,
      safety: RetryPolicy.mayRepeat({
        method: request.method,
        idempotent: request.idempotent,
        replayable: HcpBody.isReplayable(body),
        reached
      }),
      isRefused: answer !== undefined && isRefusal(answer.status) && request.credentials === undefined,
      hasUntried: nodes.all().some((node) => !history.tried.has(node)),
      seemsDown: this.#seemsDown(history),
      handOver: this.#options.handOver,
      // The reader of a stream may have used some bytes of the body already, unless it was only checked.
      repeatsBody:
        (this.#delivery._tag === "Buffered" || (stage === "body" && answer !== undefined)) &&
        (request.method === "GET" || request.idempotent === true)
    }
  }

  // Answers to other calls speak against it: then it may be this request that nodes cannot serve, or connections they
  // are short of.
  #seemsDown({ tried }: History): boolean {
    const { answers, nodes, policy } = this.#system
    return (
      answers.count === this.#answersBefore && tried.size >= Math.min(Math.max(policy.attempts, 2), nodes.all().length)
    )
  }

  /** The last word: the answer that stands for the failure if there is one. */
  #stop(failed: Failed<A>, reason: Reason): Effect.Effect<A, HcpError> {
    if (failed.answer !== undefined) return Effect.succeed(failed.answer)
    const history = this.#begunHistory(failed)
    return Effect.fail(
      this.#prepared.error(reason, {
        reached: history.maybeDone ? "request" : failed.reached,
        failedAttempts: history.failed,
        systemDown: failed.reason.isRetryable && !isOfThisComputer(failed.reason) && this.#seemsDown(history)
      })
    )
  }

  #afterRefresh(
    failed: Failed<A>,
    history: History,
    { isWorthARetry }: Extract<Decision, { readonly _tag: "RefreshCredentials" }>
  ): Effect.Effect<A, HcpError> {
    history.refreshedCredentials = true
    const { credentials } = this.#system
    const { answer, signature = [] } = failed
    const refused =
      answer === undefined
        ? undefined
        : credentials.refused?.({ status: answer.status, headers: answer.headers, sent: redactedPairs(signature) })
    const refreshed = refused ?? credentials.refresh
    return Effect.flatMap(
      Effect.mapError(effectOf("credentials.refresh", refreshed), (error) => this.#asError(error)),
      (isWorthIt) => (isWorthIt && isWorthARetry ? this.#again(failed, undefined) : this.#stop(failed, failed.reason))
    )
  }

  #afterDelay(failed: Failed<A>): Effect.Effect<A, HcpError> {
    const { reason } = failed
    return Effect.gen({ self: this }, function* () {
      this.#nextDelay ??= yield* Schedule.toStep(this.#system.policy.delay)
      const next = this.#nextDelay(yield* Clock.currentTimeMillis, { reason })
      const delay = yield* Pull.matchEffect(next, {
        onSuccess: ([, delay]) => Effect.succeed<Duration.Duration | undefined>(delay),
        onFailure: (cause) => Effect.failCause(cause),
        onDone: () => Effect.succeed(undefined)
      })
      return yield* delay === undefined ? this.#stop(failed, reason) : this.#again(failed, delay)
    })
  }

  /** Lets go of the failed attempt, and makes the next one. */
  #again(failed: Failed<A>, delay: Duration.Duration | undefined): Effect.Effect<A, HcpError> {
    const history = this.#begunHistory(failed)
    const { address, answer, isAmbiguous, reached, reason } = failed
    if (answer !== undefined) this.#delivery.release(answer)
    if (reached === "request" || isAmbiguous) history.maybeDone = true
    const attempt: FailedAttempt = { address, failure: reason.message }
    history.failed.push(attempt)
    this.#events.failed(attempt)
    this.#events.step("attempt failed, trying again", () => ({
      node: address,
      failure: reason.message,
      delay: delay === undefined ? "none" : Duration.format(delay)
    }))
    if (reason._tag === "CertificateError") this.#badCertificate = reason.message
    if (delay === undefined) return this.run
    return Effect.flatMap(Effect.sleep(delay), () => {
      this.#answersBefore = this.#system.answers.count
      return this.run
    })
  }
}
