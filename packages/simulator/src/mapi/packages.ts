/**
 * What log packages and health check reports have in common: days, nodes, and how a state is shown.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Document } from "../internal/document.ts"
import { dayMillis, type LogOrder, nodeNumber, preparationMillis } from "../internal/logPackage.ts"
import type { Packaging } from "../internal/packaging.ts"
import { type Access, type Call, done, type Operation, type Reply } from "./router.ts"
import { text } from "./shape.ts"

/** Who may look at the state of a package. */
export const watchers: Access = { system: ["ADMINISTRATOR", "MONITOR", "SERVICE"] }

/** Who may order one and fetch it. */
export const collectors: Access = { system: ["ADMINISTRATOR", "SERVICE"] }

/** `11/21/2026`. */
export const day = text({ min: 10, max: 10 })

const startOfDay = (value: string | undefined, name: string, now: number): Effect.Effect<number, Refusal> => {
  if (value === undefined) return Effect.succeed(now - (now % dayMillis))
  const [, month = 0, date = 0, year = 0] = (/^(\d\d)\/(\d\d)\/(\d{4})$/.exec(value) ?? []).map(Number)
  const millis = Date.UTC(year, month - 1, date)
  const { day, month: readMonth } = DateTime.toPartsUtc(DateTime.makeUnsafe(Number.isNaN(millis) ? 0 : millis))
  return year > 0 && day === date && readMonth === month
    ? Effect.succeed(millis)
    : Effect.fail(refusal(400, `the value of ${name} is not valid: it must be a date like 11/21/2026`))
}

/**
 * The days of an order, today if nothing is said; the last one is part of it. Fails with 400.
 *
 * @internal
 */
export const orderOf = Effect.fnUntraced(function* (
  { endDate, startDate }: { readonly startDate?: string | undefined; readonly endDate?: string | undefined },
  now: number
): Effect.fn.Return<LogOrder, Refusal> {
  const start = yield* startOfDay(startDate, "startDate", now)
  const last = yield* startOfDay(endDate, "endDate", now)
  if (last < start) return yield* refusal(400, "the end date lies before the start date")
  return { start, end: last + dayMillis }
})

/** Begins to prepare. Fails with 400 and a message that begins with `busy` while another one is being prepared. */
export const prepare = Effect.fnUntraced(function* (
  call: Call,
  packaging: Packaging<LogOrder>,
  order: LogOrder,
  busy: string
): Effect.fn.Return<Reply, Refusal> {
  const millis = preparationMillis(order, call.core.usage.since, yield* Clock.currentTimeMillis)
  yield* Effect.mapError(packaging.prepare(order, millis), () => refusal(400, `${busy} is already being prepared`))
  return done
})

/** @internal */
export const statusOf = (packaging: Packaging<LogOrder>, content: string): Effect.Effect<Document> =>
  Effect.map(packaging.status, (status) => ({ ...status, content }))

/** @internal */
export const cancel = (of: (call: Call) => Packaging<LogOrder>): Operation => ({
  access: collectors,
  run: (call) => Effect.as(of(call).cancel, done)
})

/**
 * The nodes with these numbers, separated by commas; all of them if nothing is said, none for nothing between the
 * commas. Fails with 400 for a number that no node has.
 *
 * @internal
 */
export const nodesOf = ({ core }: Call, list: string | undefined): Effect.Effect<ReadonlyArray<string>, Refusal> => {
  const all = core.management.nodes()
  if (list === undefined) return Effect.succeed(all)
  return Effect.forEach(itemsOf(list), (item) => {
    const node = all.find((address) => nodeNumber(address) === Number(item))
    return node === undefined ? Effect.fail(refusal(400, `there is no node ${item}`)) : Effect.succeed(node)
  })
}

/** What stands between commas. */
export const itemsOf = (list: string): ReadonlyArray<string> =>
  list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")

/** A zip file that is sent as it is made. */
export const download = (fileName: string, stream: Stream.Stream<Uint8Array, unknown>): Reply => ({
  _tag: "Download",
  headers: [
    ["Content-Type", "application/zip"],
    ["Content-Disposition", `attachment; filename=${fileName}`],
    ["Accept-Ranges", "none"]
  ],
  stream
})

/** What is ready to be fetched. Fails with 400 while there is nothing, or somebody else fetches it. */
export const take = (packaging: Packaging<LogOrder>, what: string) =>
  Effect.mapError(packaging.take, (reason) =>
    refusal(400, reason === "busy" ? `${what} is being downloaded already` : `${what} is not ready for download`)
  )
