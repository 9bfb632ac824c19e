/**
 * Large objects: 1 GiB and 5 GiB up to a slow node and down to a slow reader, each in a process of its own. What counts is the peak of the
 * resident set: it must not depend on the size.
 */
import { fork } from "node:child_process"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { Transfer } from "../streamProcess.ts"

const megabyte = 1e6
const sizes = [1024 ** 3, 5 * 1024 ** 3] as const
const directions = ["up", "down"] as const

/** The most that any transfer may take. */
const maxPeak = 250 * megabyte
/** The most that 5 GiB may take beyond 1 GiB. */
const maxGrowth = 30 * megabyte

/** A large body in one direction, small and large. */
export interface Figure {
  readonly direction: (typeof directions)[number]
  readonly small: Transfer
  readonly large: Transfer
}

const program = new URL("../streamProcess.ts", import.meta.url)

const isTransfer = (message: unknown): message is Transfer =>
  Predicate.hasProperty(message, "peak") && Predicate.hasProperty(message, "millis")

const transfer = (direction: string, bytes: number, port: number): Effect.Effect<Transfer, Error> =>
  Effect.callback((resume) => {
    const child = fork(program, [direction, String(bytes), String(port)])
    child.once("message", (message) => {
      if (isTransfer(message)) resume(Effect.succeed(message))
    })
    child.once("error", (error) => resume(Effect.fail(error)))
    child.once("exit", (code) => resume(Effect.fail(new Error(`the transfer ended with exit code ${code}`))))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** Measures both directions against the streamer at `port`. */
export const run = (port: number): Stream.Stream<Figure, Error> =>
  Stream.fromIterable(directions).pipe(
    Stream.mapEffect(
      Effect.fnUntraced(function* (direction) {
        const small = yield* transfer(direction, sizes[0], port)
        const large = yield* transfer(direction, sizes[1], port)
        return { direction, small, large }
      })
    )
  )

/** Whether a figure is within the limits. */
export const isWithin = ({ large, small }: Figure): boolean =>
  Math.max(small.peak, large.peak) <= maxPeak && large.peak - small.peak <= maxGrowth

const inMegabytes = (bytes: number): string => (bytes / megabyte).toFixed(0)

const rate = (bytes: number, { millis }: Transfer): string => ((bytes / megabyte / millis) * 1000).toFixed(0)

/** One figure as a line of text. */
export const line = (figure: Figure): string => {
  const { direction, large, small } = figure
  return [
    `${direction.padEnd(4)}  peak ${inMegabytes(small.peak)} MB for 1 GiB, ${inMegabytes(large.peak)} MB for 5 GiB`,
    `(${rate(sizes[0], small)} and ${rate(sizes[1], large)} MB/s)`,
    isWithin(figure) ? "ok" : `TOO MUCH: at most ${inMegabytes(maxPeak)}, growth at most ${inMegabytes(maxGrowth)}`
  ].join("  ")
}

/** One figure as a line of JSON. */
export const jsonLine = (figure: Figure): string => JSON.stringify({ suite: "memory", ...figure })
