/**
 * One multipart upload from its first part to its last call, whoever carries the calls.
 *
 * @internal
 */
import { HcpError, IntegrityError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import { effectOf } from "@effect-hcp/sdk/OptionCheck"
import type { OnProgress, Progress } from "@effect-hcp/sdk/Progress"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { Loaded, Part } from "./bodyParts.ts"
import { maxParts } from "./partPlan.ts"

/** A part that HCP has. */
export interface SentPart {
  readonly number: number
  readonly size: number
  /** Without its quotes. */
  readonly etag: string
}

/** Sends one part and gives its ETag. */
export type Send = (part: Part, loaded: Loaded) => Effect.Effect<string, HcpError>

/** Counts what is transferred, one report after the other. */
export class Tally {
  readonly #onProgress: OnProgress | undefined
  readonly #total: number | undefined
  readonly #turn = Semaphore.makeUnsafe(1)
  #transferred = 0
  #reported: Progress | undefined

  constructor(onProgress: OnProgress | undefined, total: number | undefined) {
    this.#onProgress = onProgress
    this.#total = total
  }

  /** So many more bytes are there. */
  add(bytes: number): Effect.Effect<void, HcpError> {
    return Effect.suspend(() => {
      this.#transferred += bytes
      return this.#report(this.#total)
    })
  }

  /** All are. */
  readonly done: Effect.Effect<void, HcpError> = Effect.suspend(() => this.#report(this.#transferred))

  get transferred(): number {
    return this.#transferred
  }

  #report(total: number | undefined): Effect.Effect<void, HcpError> {
    const onProgress = this.#onProgress
    if (onProgress === undefined) return Effect.void
    return this.#turn.withPermits(1)(
      Effect.suspend(() => {
        const transferred = this.#transferred
        if (this.#reported?.transferred === transferred && this.#reported.total === total) return Effect.void
        this.#reported = { transferred, total }
        return effectOf("onProgress", onProgress(this.#reported))
      })
    )
  }
}

const md5Form = /^[0-9a-f]{32}$/i

// A part whose bytes changed on the way is sent again so often.
const repetitions = 2

const changedOnTheWay = ({ reason }: HcpError): boolean =>
  reason._tag === "IntegrityError" || (reason._tag === "S3Refused" && reason.category === "integrity")

const sendChecked = (send: Send, part: Part, loaded: Loaded): Effect.Effect<string, HcpError> =>
  send(part, loaded).pipe(
    Effect.flatMap((etag) => {
      const ours = Buffer.from(loaded.md5).toString("hex")
      if (!md5Form.test(etag) || etag.toLowerCase() === ours) return Effect.succeed(etag)
      const reason = new IntegrityError({ algorithm: "MD5", expected: etag, actual: ours })
      return Effect.fail(new HcpError({ operation: "PUT", reached: "answer", reason }))
    }),
    Effect.retry({ times: repetitions, while: changedOnTheWay })
  )

/**
 * Sends the parts, so many at a time, but for those that are known to be there: with the same size, and an ETag that is
 * the MD5 of the same bytes. Gives all of them in order.
 *
 * Fails with `IntegrityError` for a part that arrives changed again and again, and with `InvalidInput` where there are
 * too many.
 */
export const sendParts = (
  parts: Stream.Stream<Part, HcpError>,
  known: ReadonlyMap<number, SentPart>,
  concurrency: number,
  tally: Tally,
  send: Send
): Effect.Effect<ReadonlyArray<SentPart>, HcpError> =>
  parts.pipe(
    Stream.mapEffect(
      Effect.fnUntraced(function* (part): Effect.fn.Return<SentPart, HcpError> {
        if (part.number > maxParts) {
          const detail = `the body needs more than ${maxParts} parts; give a larger partSize, or the length of the stream`
          return yield* new HcpError({ operation: "PUT", reason: new InvalidInput({ field: "partSize", detail }) })
        }
        const loaded = yield* part.load
        const stored = known.get(part.number)
        const isThere =
          stored !== undefined &&
          stored.size === part.size &&
          stored.etag.toLowerCase() === Buffer.from(loaded.md5).toString("hex")
        const etag = isThere ? stored.etag : yield* sendChecked(send, part, loaded)
        yield* tally.add(part.size)
        return { number: part.number, size: part.size, etag }
      }),
      { concurrency, unordered: true }
    ),
    Stream.runCollect,
    Effect.map((sent) => [...sent].sort((a, b) => a.number - b.number))
  )
