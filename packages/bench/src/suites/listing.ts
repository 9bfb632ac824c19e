/**
 * The listing of a directory with 100,000 entries, one XML document of some 70 MB, read entry by entry in a process of its own. What counts is
 * how fast it goes, and that memory does not depend on its length.
 */
import { fork } from "node:child_process"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { Listings } from "../listingProcess.ts"

const megabyte = 1e6

const entries = 100_000

/** The least, in bytes of XML a second. */
const minRate = 30 * megabyte
/** The most by which the resident set may grow. */
const maxGrowth = 100 * megabyte

/** What was measured; rates are medians of the rounds. */
export interface Figure {
  readonly entries: number
  readonly bytes: number
  readonly bytesPerSecond: number
  readonly cpuMicrosPerEntry: number
  readonly growth: number
}

const program = new URL("../listingProcess.ts", import.meta.url)

const isListings = (message: unknown): message is Listings =>
  Predicate.hasProperty(message, "rounds") && Predicate.hasProperty(message, "growth")

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const toFigure = ({ bytes, growth, rounds }: Listings): Figure => ({
  entries: Math.min(...rounds.map((round) => round.entries)),
  bytes,
  bytesPerSecond: median(rounds.map((round) => (bytes / round.millis) * 1000)),
  cpuMicrosPerEntry: median(rounds.map((round) => (round.cpuMillis / round.entries) * 1000)),
  growth
})

/** Reads the listing so many times from the lister at `port`. */
export const run = (port: number, rounds: number): Effect.Effect<Figure, Error> =>
  Effect.callback((resume) => {
    const child = fork(program, [String(entries), String(rounds), String(port)])
    child.once("message", (message) => {
      if (isListings(message)) resume(Effect.succeed(toFigure(message)))
    })
    child.once("error", (error) => resume(Effect.fail(error)))
    child.once("exit", (code) => resume(Effect.fail(new Error(`the listing ended with exit code ${code}`))))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** Whether every entry came, fast enough and in little memory. */
export const isWithin = (figure: Figure): boolean =>
  figure.entries === entries && figure.bytesPerSecond >= minRate && figure.growth <= maxGrowth

/** The figure as a line of text. */
export const line = (figure: Figure): string =>
  [
    `${figure.entries} entries, ${(figure.bytes / megabyte).toFixed(1)} MB of XML`,
    `${(figure.bytesPerSecond / megabyte).toFixed(1)} MB/s`,
    `${figure.cpuMicrosPerEntry.toFixed(1)} us CPU an entry`,
    `memory grew by ${(figure.growth / megabyte).toFixed(0)} MB`,
    isWithin(figure)
      ? "ok"
      : `NOT GOOD ENOUGH: ${entries} entries, at least ${minRate / megabyte} MB/s, growth at most ${maxGrowth / megabyte} MB`
  ].join("  ")

/** The figure as a line of JSON. */
export const jsonLine = (figure: Figure): string => JSON.stringify({ suite: "listing", ...figure })
