/**
 * The rules that no fault may break, and the honest limits that excuse a call which failed.
 */
import type { HcpError, HcpResponse } from "@effect-hcp/sdk"
import * as Effect from "effect/Effect"
import { type Span, wasDown, wasKnown, wellNodes } from "./History.ts"
import type { Failure, Item, Ledger } from "./Ledger.ts"
import { type Domain, domains, type Plan } from "./Plan.ts"

/** As much of a client as it takes to look at an object. */
interface Reader {
  readonly get: (path: string) => Effect.Effect<Pick<HcpResponse.HcpReply, "bytes">, HcpError.HcpError>
}

/** Why a call was allowed to fail. */
export type Excuse =
  | "the body could be read only once"
  | "the body was being read as a stream that is not continued"
  | "no node that was allowed was well"
  | "nothing was there, and the primary could not say so"
  | "the nodes that were well were not in the name server's answers yet"

/** The excuse of a failed call, if it has one. */
export const excuseOf = (failure: Failure, plan: Plan, spans: ReadonlyArray<Span>): Excuse | undefined => {
  const { during, error, fate, oneShot, operation } = failure
  if (oneShot && error.reached !== "nothing") return "the body could be read only once"
  // Whoever was given bytes already cannot be given other ones.
  if (operation === "plain stream" && error.reached === "answer")
    return "the body was being read as a stream that is not continued"
  const [primary, replica] = domains
  // The replica may be asked only because the primary is down.
  const allowed: ReadonlyArray<Domain> = wasDown(spans, primary, during) ? [primary, replica] : [primary]
  const well = allowed.flatMap((domain) => wellNodes(spans, domain, during).map((node) => ({ domain, node })))
  if (well.length === 0) return "no node that was allowed was well"
  // A replica may lag behind: that it has nothing says nothing while the primary cannot be asked.
  if (allowed.length > 1 && fate === "deleted") return "nothing was there, and the primary could not say so"
  if (!plan.hidesDownNodes) return undefined
  return well.some(({ domain, node }) => wasKnown(spans, domain, node, during))
    ? undefined
    : "the nodes that were well were not in the name server's answers yet"
}

/** Judges every failed call: counts the excuses, and notes a breach for each that has none. */
export const judgeFailures = (ledger: Ledger, plan: Plan, spans: ReadonlyArray<Span>): ReadonlyMap<Excuse, number> => {
  const excuses = new Map<Excuse, number>()
  for (const failure of ledger.failures) {
    const excuse = excuseOf(failure, plan, spans)
    if (excuse !== undefined) {
      excuses.set(excuse, (excuses.get(excuse) ?? 0) + 1)
      continue
    }
    const { during, error } = failure
    const seconds = ((during.until - during.from) / 1000).toFixed(1)
    ledger.breach("failed beside a healthy node", `after ${seconds} s, ${error.message}`)
  }
  return excuses
}

/** What one system holds under a path. */
type Found = "right" | "wrong" | "absent" | "unreadable"

const find = (client: Reader, item: Item): Effect.Effect<Found> =>
  client.get(item.path).pipe(
    Effect.map((reply): Found => (Buffer.compare(reply.bytes, item.bytes) === 0 ? "right" : "wrong")),
    Effect.catch((error) => Effect.succeed<Found>(error.reason._tag === "NotFound" ? "absent" : "unreadable"))
  )

/** Looks at every object on both systems, when all is well again. */
export const audit = (ledger: Ledger, systems: ReadonlyArray<Reader>): Effect.Effect<void> =>
  Effect.forEach(
    ledger.items,
    (item) =>
      Effect.map(
        Effect.forEach(systems, (client) => find(client, item)),
        (found) => judge(ledger, item, found)
      ),
    { concurrency: 32, discard: true }
  )

const judge = (ledger: Ledger, item: Item, found: ReadonlyArray<Found>): void => {
  const detail = `${item.path}: ${found.join(" and ")}`
  if (found.includes("wrong")) ledger.breach("wrong bytes at the end", detail)
  if (found.includes("unreadable")) ledger.breach("unreadable at the end", detail)
  if (item.fate === "stored" && !found.includes("right")) ledger.breach("acknowledged, and lost", detail)
  if (item.fate === "deleted" && !found.every((what) => what === "absent")) {
    ledger.breach("deleted, and there", detail)
  }
  if (item.fate === "never" && !found.every((what) => what === "absent")) {
    ledger.breach("never sent, and there", detail)
  }
}
