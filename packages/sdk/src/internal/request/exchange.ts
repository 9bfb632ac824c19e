/**
 * One attempt: a node and a connection are chosen, the request is signed and sent, the answer is received and compared.
 *
 * It is a state machine without a fiber of its own; effects are run only for signatures that are computed elsewhere,
 * and for bodies that are streams. What becomes of the attempt is an {@link Outcome}, made in `outcomes.ts`; what
 * follows from it is decided in `retry.ts`. How long the node may take stands in `exchangeTimeouts.ts`.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import { type Connection, ExchangeFailure, type ExchangeFlow, type ExchangeHandler } from "../../Connection.ts"
import type { HcpError, Reached, Reason } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import { isSuccess, type Timings, timingsOf } from "../../HcpResponse.ts"
import type { Outcome as NodeOutcome } from "../../NodeHealth.ts"
import { BodyTooLarge, Closed, ConnectionLost, ProtocolError, Timeout } from "../../WireReason.ts"
import type { BufferedBody } from "../body/bufferedBody.ts"
import { EndingPull } from "../body/endingPull.ts"
import { checked, expectedOf, isComparable, isVerified, SentHashes } from "../body/integrity.ts"
import { partBytes, SocketIterator } from "../body/socketIterator.ts"
import type { OpenBody } from "../body/source.ts"
import { type Chunks, StreamedBody } from "../body/streamedBody.ts"
import type { Acquisition } from "../pool/acquisition.ts"
import { soon } from "../soon.ts"
import type { Attempt, Outcome } from "./attempt.ts"
import { ExchangeTimeouts } from "./exchangeTimeouts.ts"
import { isBlamable, lengthProblem, outcomeOf } from "./judge.ts"
import { about, addressOf, errorOf, failed, objectionTo, storedOtherwise, withAnswer } from "./outcomes.ts"
import { redactedAnswer, redactorOfSent } from "./redactedAnswer.ts"
import { type Answer, bufferFor, contentLength, type Delivery } from "./response.ts"
import { type Failure, isIncomplete } from "./retry.ts"

const exchangeFailed: NodeOutcome = { _tag: "ExchangeFailed" }
const bodyRead: NodeOutcome = { _tag: "BodyRead" }
const bodyBroken: NodeOutcome = { _tag: "BodyBroken" }

const poolClosed = () => new Closed({ what: "the connection pool" })

const noBytes = new Uint8Array()
const unsigned: ReadonlyArray<string> = []

/** An answer that has begun. */
interface Head {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly redact: Answer["redact"]
  readonly at: number
  readonly body: BufferedBody | StreamedBody
}

/** @internal */
export class Exchange<A extends Answer> implements ExchangeHandler {
  readonly #attempt: Attempt<A>
  #state: "queued" | "signing" | "sending" | "receiving" | "ended" = "queued"
  #begunAt = 0
  #sentAt = 0
  #endedAt: number | undefined
  #acquisition: Acquisition | undefined
  #signature = unsigned
  #flow: ExchangeFlow | undefined
  #signing: Fiber.Fiber<unknown> | undefined
  #upload: SocketIterator | undefined
  #timeouts: ExchangeTimeouts | undefined
  #source: Fiber.Fiber<void> | undefined
  #sentHashes: SentHashes | undefined
  #head: Head | undefined
  #received = 0
  #isBodyReported = false

  constructor(attempt: Attempt<A>) {
    this.#attempt = attempt
  }

  /** Chooses a node and a connection, or waits for one. */
  begin(): void {
    const { events, nodes, system } = this.#attempt
    this.#begunAt = this.#now()
    const acquisition = system.pool.acquire(nodes, () => this.#acquired())
    this.#acquisition = acquisition
    if (acquisition.state === "waiting") events.step("waits for a connection", () => ({ nodes: nodes.length }))
    else this.#acquired()
  }

  /** Ends the attempt at once, whatever it is doing; the effect waits until the source of its body is closed. */
  cancel(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#destroy()
      this.#signing?.interruptUnsafe()
      return this.#source === undefined ? Effect.void : Effect.asVoid(Fiber.interrupt(this.#source))
    })
  }

  // --- a connection, a signature, the request

  #acquired(): void {
    const acquisition = this.#acquisition
    if (this.#state !== "queued" || acquisition === undefined) return
    const { events } = this.#attempt
    const { connection, failure, isNew } = acquisition
    if (connection === undefined) {
      if (Cause.isCause(failure)) this.#end({ _tag: "Defect", cause: failure })
      else if (failure !== undefined) this.#fail(failure.reason, failure.reached, "none")
      return
    }
    events.asked(this.#address)
    events.step(isNew ? "connected" : "took a warm connection", () => ({
      node: this.#address,
      millis: acquisition.connectMillis
    }))
    const { body, prepared, system } = this.#attempt
    // This may run in a step of somebody else, and a connection is held: whatever throws here must end the call.
    try {
      const headers = system.signer.headersFor(prepared, body, events.clock)
      if (Effect.isEffect(headers)) this.#sign(connection, headers)
      else this.#send(connection, headers)
    } catch (defect) {
      this.onDefect(Cause.die(defect))
    }
  }

  #sign(connection: Connection, headers: Effect.Effect<ReadonlyArray<string>, HcpError>): void {
    this.#state = "signing"
    const { events } = this.#attempt
    const signed = Effect.onExit(headers, (exit) =>
      Effect.sync(() => {
        if (this.#state !== "signing") return
        events.step("signed", () => ({ node: this.#address }))
        if (Exit.isSuccess(exit)) this.#send(connection, exit.value)
        else this.#notSigned(exit.cause)
      })
    )
    this.#signing = this.#fork(
      Effect.catchCause(signed, ({ reasons }) =>
        Effect.sync(() => this.onDefect(Cause.fromReasons(reasons.filter(Cause.isDieReason))))
      )
    )
  }

  /** Runs an effect of this attempt. Its first steps are done at once, and they may be what cancels the attempt. */
  #fork<A>(effect: Effect.Effect<A>): Fiber.Fiber<A> {
    const fiber = Effect.runForkWith(this.#attempt.events.context)(effect)
    if (this.#state === "ended") fiber.interruptUnsafe()
    return fiber
  }

  #notSigned(cause: Cause.Cause<HcpError>): void {
    const { before, prepared } = this.#attempt
    const error = cause.reasons.find(Cause.isFailReason)?.error
    if (error === undefined) {
      return this.#end({ _tag: "Defect", cause: Cause.fromReasons(cause.reasons.filter(Cause.isDieReason)) })
    }
    // Nothing of this attempt was sent, but perhaps of one before.
    const reached = before.retriedAfterAmbiguousFailure ? "request" : "nothing"
    this.#end({
      _tag: "Ended",
      error: prepared.error(error.reason, { reached, failedAttempts: before.failedAttempts })
    })
  }

  #send(connection: Connection, signature: ReadonlyArray<string>): void {
    const { body, events, prepared, system } = this.#attempt
    const { content, length } = body
    this.#state = "sending"
    this.#signature = signature
    this.#sentAt = this.#now()
    // The node may have closed it while the request was signed.
    if (!connection.isReady()) return this.#broke(this.#closedMeanwhile())
    const headers = prepared.headers.concat(signature)
    const isWhole = content === undefined || (content instanceof Uint8Array && content.length <= partBytes)
    if (!isWhole) {
      this.#upload = this.#uploadOver(connection, body)
      if (length !== undefined) headers.push("Content-Length", String(length))
    }
    const { timeouts } = system.pool
    this.#timeouts = new ExchangeTimeouts(timeouts, prepared, this, this.#sentAt, this.#upload)
    this.#sentHashes = this.#hashesOf(isWhole ? content : undefined)
    this.#flow = connection.exchange(
      {
        method: prepared.request.method,
        path: prepared.target,
        headers,
        body: isWhole ? content : this.#upload,
        length
      },
      this
    )
    this.#timeouts?.arm()
    events.step("sent", () => ({ node: this.#address, bytes: length }))
  }

  #closedMeanwhile(): ExchangeFailure {
    const isRevoked = this.#acquisition?.isRevoked === true
    return new ExchangeFailure({
      reason: isRevoked ? poolClosed() : new ConnectionLost({ address: this.#address, code: "ECONNRESET" }),
      reached: "nothing"
    })
  }

  /** The hashes of what is sent, if HCP will say what it stored. */
  #hashesOf(bytes: Uint8Array | undefined): SentHashes | undefined {
    const { prepared, system } = this.#attempt
    const { request } = prepared
    if (!isVerified(request) || !isComparable(request)) return undefined
    const scheme = request.verify === "etag" ? "MD5" : system.hashes.scheme
    return new SentHashes(bytes ?? { scheme, length: this.#attempt.body.length })
  }

  #uploadOver(connection: Connection, { content, length }: OpenBody): SocketIterator {
    const upload = new SocketIterator({
      length,
      isFlushed: () => connection.isFlushed(),
      onMove: (part) => this.#onUpload(part),
      onBegin: () => {
        if (content === undefined || this.#state === "ended") return
        if (content instanceof Uint8Array) upload.runBytes(content)
        else this.#source = this.#fork(upload.run(content))
      }
    })
    return upload
  }

  #onUpload(part: Uint8Array | undefined): void {
    if (part !== undefined) this.#sentHashes?.update(part)
    if (this.#state === "sending") this.#timeouts?.uploaded(this.#now(), part?.length ?? 0)
  }

  // --- the answer

  onHead(status: number, received: ResponseHeaders): void {
    if (this.#state !== "sending") return
    const { delivery, events, prepared, system } = this.#attempt
    const redact = redactorOfSent({ prepared, signer: system.signer, signature: this.#signature })
    const headers = isSuccess({ status }) ? received : redactedAnswer(received, redact)
    const { request } = prepared
    const at = this.#now()
    if (isSuccess({ status }) && this.#upload?.isSent === false) return this.#answeredEarly(status)
    this.#state = "receiving"
    events.answered()
    events.step("answered", () => ({ node: this.#address, status, millis: at - this.#sentAt }))
    system.answers.count++
    this.#report(outcomeOf(status), at)
    const expected = isVerified(request) ? expectedOf(request, status, headers) : undefined
    if (delivery._tag === "Streamed") {
      const body = new StreamedBody({
        pause: () => this.#flow?.pause(),
        resume: () => this.#resumed(),
        onWaiting: (isWaiting) => {
          if (this.#state === "receiving") this.#timeouts?.waiting(isWaiting)
        }
      })
      this.#head = { status, headers, redact, at, body }
      const pull =
        expected === undefined
          ? body.pull
          : checked(body.pull, expected, (reason) => this.#wrongBody(reason), contentLength(headers))
      // Two steps later: the end of a short answer comes first then, and to leave that unread costs no connection.
      soon(() => soon(() => this.#deliverHead(delivery, pull)))
    } else {
      const body = bufferFor(delivery, { status, headers }, expected)
      this.#head = { status, headers, redact, at, body }
    }
    this.#timeouts?.receiving(at, this.#head.body)
  }

  /**
   * A success before everything was sent proves nothing: whoever says so has not seen the whole body. Where there is no
   * more of it to be sent, its source is to blame.
   */
  #answeredEarly(status: number): void {
    const detail = `it answered ${status} before it had the whole body`
    this.#endedAt = this.#now()
    this.#state = "ended"
    soon(() => {
      this.#leave()
      const reason = this.#upload?.sourceFailure ?? new ProtocolError({ address: this.#address, detail })
      this.#tell(failed(this.#acquisition, reason, "answer", "none", { isAmbiguous: true }))
    })
  }

  onData(bytes: Uint8Array): void {
    const { body } = this.#head ?? {}
    if (this.#state !== "receiving" || body === undefined) return
    this.#received += bytes.length
    if (body instanceof StreamedBody) body.push(bytes)
    else {
      try {
        if (!body.push(bytes)) return this.#tooMany(body)
      } catch (defect) {
        return this.#badWatcher(defect)
      }
    }
    this.#timeouts?.received(this.#now(), bytes.length)
  }

  onEnd(framing: "stated" | "connection"): void {
    const head = this.#head
    if (this.#state !== "receiving" || head === undefined) return
    const { body } = head
    this.#endedAt = this.#now()
    this.#attempt.events.step("body received", () => ({ node: this.#address, bytes: this.#received }))
    // The connection goes back first: whoever waits for it is served before this call goes on.
    this.#giveBack()
    const { request } = this.#attempt.prepared
    const problem = lengthProblem(request, head, { address: this.#address, received: this.#received, framing })
    if (body instanceof StreamedBody) body.end(problem === undefined ? Cause.done() : this.#wrongBody(problem))
    else this.#judgeWhole(body.bytes, body, problem)
  }

  onFailure(failure: ExchangeFailure): void {
    if (this.#state !== "ended") this.#broke(failure)
  }

  onDefect(cause: Cause.Cause<never>): void {
    if (this.#state === "ended") return
    this.#destroy()
    const { body } = this.#head ?? {}
    if (body instanceof StreamedBody) body.end(Effect.failCause(cause))
    else this.#tell({ _tag: "Defect", cause })
  }

  #broke({ reached, reason }: ExchangeFailure): void {
    const now = this.#now()
    this.#endedAt = now
    const head = this.#head
    const isRevoked = this.#acquisition?.isRevoked === true
    if (head !== undefined) {
      const why = isRevoked && isIncomplete(reason) ? poolClosed() : reason
      this.#blame(why, bodyBroken, now)
      this.#giveBack()
      if (head.body instanceof StreamedBody) head.body.end(Effect.fail(errorOf(this.#attempt, why, reached)))
      // What is in the body of an error does not matter.
      else if (isSuccess(head)) this.#fail(why, reached, "body")
      else this.#judgeWhole(noBytes, head.body)
      return
    }
    const sourceFailure = this.#upload?.sourceFailure
    if (sourceFailure !== undefined) return this.#fail(sourceFailure, reached, "none")
    const acquisition = this.#acquisition
    const isLost = reason._tag === "ConnectionLost"
    if (isLost && isRevoked) return this.#fail(poolClosed(), reached, "none")
    const isStale = isLost && acquisition?.isNew === false
    if (isStale) acquisition.wasStale()
    else this.#blame(reason, exchangeFailed, now)
    this.#fail(reason, reached, "none", isStale)
  }

  #tooMany(body: BufferedBody): void {
    const head = this.#head
    this.#endedAt = this.#now()
    this.#state = "ended"
    // Later: a connection that is destroyed inside of its own step never finishes that step.
    soon(() => {
      this.#leave()
      if (head === undefined || !isSuccess(head)) this.#judgeWhole(noBytes, body)
      else this.#tell(failed(this.#acquisition, new BodyTooLarge({ limit: body.limit }), "answer", "body"))
    })
  }

  /** Whoever is told of the bytes as they come threw. No node is to blame for that. */
  #badWatcher(defect: unknown): void {
    this.#state = "ended"
    // Later: as above.
    soon(() => {
      this.#leave()
      this.#tell({ _tag: "Defect", cause: Cause.die(defect) })
    })
  }

  /** The whole answer is there: what it is worth. */
  #judgeWhole(bytes: Uint8Array, body: BufferedBody, problem?: Reason): void {
    const { delivery, prepared } = this.#attempt
    const head = this.#head
    if (head === undefined || delivery._tag !== "Buffered") return
    if (this.#isObjected(head, bytes)) return
    if (isSuccess(head)) {
      const wrong = problem ?? body.mismatch(bytes)
      if (wrong !== undefined) return this.#wrong(wrong, bodyBroken)
      if (prepared.request.method === "GET") this.#report(bodyRead, this.#endedAt ?? head.at)
    }
    this.#answer(head, () => delivery.make(about(this.#attempt, this.#acquisition, head, this.#timings()), bytes))
  }

  #deliverHead(delivery: Extract<Delivery<A>, { readonly _tag: "Streamed" }>, pull: Pull.Pull<Chunks, HcpError>): void {
    const head = this.#head
    if (head === undefined || this.#isObjected(head, undefined)) return
    const { prepared } = this.#attempt
    const isRead = prepared.request.method === "GET" && isSuccess(head)
    const ending = new EndingPull(pull, (cause) => {
      if (isRead && Pull.isDoneCause(cause)) this.#reportBody(bodyRead)
    })
    const body = {
      begun: ending.begun,
      timings: () => this.#timings(),
      error: (reason: Reason) => errorOf(this.#attempt, reason, "answer"),
      release: () => this.#released(head.body)
    }
    this.#answer(head, () => delivery.make(about(this.#attempt, this.#acquisition, head, this.#timings()), body))
  }

  /** Nobody is to read on. Whoever does so all the same would wait for ever. */
  #released(body: Head["body"]): void {
    if (this.#state !== "ended" && body instanceof StreamedBody) {
      const closed = () => errorOf(this.#attempt, new Closed({ what: "the answer" }), "answer")
      body.end(Effect.suspend(() => Effect.fail(closed())))
    }
    this.#destroy()
  }

  /** Whether the answer is not HCP's, or not the one to this request; then that is the outcome. */
  #isObjected(head: Head, bytes: Uint8Array | undefined): boolean {
    const outcome = objectionTo(this.#attempt, this.#acquisition, head, bytes)
    if (outcome === undefined) return false
    this.#destroy()
    this.#tell(outcome)
    return true
  }

  #answer(head: Head, make: () => A): void {
    const wrong = this.#sentHashes === undefined ? undefined : storedOtherwise(this.#attempt, this.#sentHashes, head)
    if (wrong !== undefined) this.#wrong(wrong, exchangeFailed)
    else this.#tell(withAnswer(this.#attempt, this.#acquisition, head, this.#signature, make))
  }

  #wrong(reason: Reason, outcome: NodeOutcome): void {
    this.#destroy()
    this.#blame(reason, outcome, this.#now())
    this.#tell(failed(this.#acquisition, reason, "answer", "body"))
  }

  #wrongBody(reason: Reason): Effect.Effect<never, HcpError> {
    return Effect.suspend(() => {
      if (isBlamable(reason)) this.#reportBody(bodyBroken)
      return Effect.fail(errorOf(this.#attempt, reason, "answer"))
    })
  }

  /** What a stream came to; whoever pulls again after its end learns the same, and the node has done nothing more. */
  #reportBody(outcome: NodeOutcome): void {
    if (this.#isBodyReported) return
    this.#isBodyReported = true
    this.#report(outcome, this.#now())
  }

  onTooLong(phase: Timeout["phase"], limitMillis: number): void {
    if (this.#state !== "sending" && this.#state !== "receiving") return
    const reason = new Timeout({ phase, limit: Duration.millis(limitMillis), address: this.#address })
    this.#acquisition?.connection?.destroy()
    this.#broke(new ExchangeFailure({ reason, reached: this.#state === "receiving" ? "answer" : "request" }))
  }

  #resumed(): void {
    // A body may have ended while it was held back.
    if (this.#state !== "receiving") return
    this.#timeouts?.resumed()
    this.#flow?.resume()
  }

  // --- the end

  #fail(reason: Reason, reached: Reached, stage: Failure["stage"], stale = false): void {
    this.#end(failed(this.#acquisition, reason, reached, stage, { stale }))
  }

  #end(outcome: Outcome<A>): void {
    this.#giveBack()
    this.#tell(outcome)
  }

  /** Tells the outcome once the source of the body is closed: the next attempt opens it anew. */
  #tell(outcome: Outcome<A>): void {
    const source = this.#source
    const { done } = this.#attempt
    this.#forget()
    if (source === undefined || source.pollUnsafe() !== undefined) return done(outcome)
    source.addObserver(() => done(outcome))
    source.interruptUnsafe()
  }

  /**
   * Lets go of what came, unless somebody reads it still. An exchange that waited for its connection has been moved to
   * the old space of the garbage collector, and would take its answer there, dead or not, until the next full collection.
   */
  #forget(): void {
    if (this.#attempt.delivery._tag === "Streamed") return
    this.#acquisition = undefined
    this.#flow = undefined
    this.#head = undefined
    this.#sentHashes = undefined
    this.#timeouts = undefined
    this.#upload = undefined
  }

  #destroy(): void {
    if (this.#state !== "ended") this.#acquisition?.connection?.destroy()
    this.#giveBack()
  }

  #giveBack(): void {
    if (this.#state === "ended") return
    this.#state = "ended"
    this.#leave()
  }

  #leave(): void {
    this.#timeouts?.end()
    this.#acquisition?.release()
  }

  #blame(reason: Reason, outcome: NodeOutcome, now: number): void {
    if (isBlamable(reason)) this.#report(outcome, now)
  }

  #report(outcome: NodeOutcome, now: number): void {
    const node = this.#acquisition?.node
    if (node !== undefined) this.#attempt.system.nodes.report(node, outcome, this.#begunAt, now)
  }

  get #address(): string {
    return addressOf(this.#acquisition)
  }

  #timings(): Timings {
    const firstByte = (this.#head?.at ?? this.#sentAt) - this.#sentAt
    const connect = this.#acquisition?.connectMillis ?? 0
    return timingsOf(connect, firstByte, (this.#endedAt ?? this.#now()) - this.#sentAt)
  }

  #now(): number {
    return this.#attempt.system.pool.timeouts.now()
  }
}
