/**
 * Keeps an invoice for ten years: what HCP says to those who want to delete it, how retention grows, and how a hold
 * comes and goes.
 *
 *     npm run example -- retention
 */
import { NodeRuntime } from "@effect/platform-node"
import { HcpBody, LabelledHold, Namespace, Retention } from "@effect-hcp/sdk"
import { Console, Effect } from "effect"
import { simulated } from "./simulated.ts"

const invoice = "/invoices/2026/42.pdf"

/** What stands in the way is a typed reason, so a program can act on it. */
const tryToDelete = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  yield* ns.delete(invoice)
  yield* Console.log("deleted")
}).pipe(
  Effect.catchReasons("HcpError", {
    UnderRetention: ({ until }) => Console.log(`may not be deleted: under retention until ${until}`),
    OnHold: ({ labels }) => Console.log(`may not be deleted: on hold for ${labels.join(" and ") || "everybody"}`)
  })
)

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const keptUntil = Effect.map(ns.head(invoice), ({ retentionText }) => retentionText)

  yield* ns.put(invoice, HcpBody.text("42 bottles"), { retention: Retention.years(10) })
  yield* Console.log(`stored, kept until ${yield* keptUntil}`)
  yield* tryToDelete

  yield* ns.modify(invoice, { retention: Retention.extendBy({ years: 1 }) })
  yield* Console.log(`one more year, kept until ${yield* keptUntil}`)
  yield* ns
    .modify(invoice, { retention: Retention.years(5) })
    .pipe(Effect.catchReason("HcpError", "BadRequest", ({ message }) => Console.log(`not made shorter: ${message}`)))

  // Two cases hold the invoice; each lets go of it on its own.
  yield* ns.modify(invoice, { labelledHolds: ["case 7", "case 12"].map(LabelledHold.hold) })
  yield* tryToDelete
  yield* ns.modify(invoice, { labelledHolds: [LabelledHold.release("case 7")] })
  yield* tryToDelete
  yield* ns.modify(invoice, { labelledHolds: [LabelledHold.release("case 12")] })
  yield* tryToDelete

  // In an enterprise namespace who is privileged may, with a reason that HCP keeps.
  yield* ns.delete(invoice, { privileged: { reason: "stored by mistake, request 4711" } })
  yield* Console.log(`deleted with a reason; still there: ${yield* ns.exists(invoice)}`)
})

program.pipe(Effect.provide(simulated()), NodeRuntime.runMain)
