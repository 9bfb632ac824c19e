import { assert } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import * as HcpBody from "../../../src/HcpBody.ts"
import type { Changes } from "../../../src/namespace/ChangeOptions.ts"
import * as LabelledHold from "../../../src/namespace/LabelledHold.ts"
import * as Retention from "../../../src/namespace/Retention.ts"
import * as Contract from "../../utils/contract.ts"
import { tagOf } from "../../utils/namespaces.ts"

const { text } = HcpBody
const day = 86_400_000
const privileged = { privileged: { reason: "court order 7/2026" } }

export const retentionAndHolds = (subject: Contract.Subject) =>
  Contract.suite(subject, "retention and holds", (it) => {
    it.effect("an explicit retention only ever grows", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const untilOf = Effect.map(ns.head("/grows"), ({ retention: { value } }) =>
          value?._tag === "Until" ? value.at.epochMilliseconds / 1000 : value?._tag
        )
        const change = (retention: Retention.Retention) =>
          Effect.match(ns.modify("/grows", { retention }), {
            onSuccess: () => "done",
            onFailure: ({ reason }) => reason._tag
          })
        const { metadata } = yield* ns.put("/grows", text("x"), { retention: Retention.unspecified })
        assert(metadata.createdAt !== undefined)
        const ingested = Math.floor(metadata.createdAt.epochMilliseconds / 1000)
        assert.strictEqual(yield* untilOf, "Unspecified")
        assert.strictEqual(yield* tagOf(ns.delete("/grows")), "UnderRetention")
        assert.strictEqual(yield* change(Retention.days(2)), "done")
        assert.strictEqual(yield* untilOf, ingested + 2 * 86_400)
        assert.strictEqual(yield* change(Retention.extendBy({ days: 1 })), "done")
        assert.strictEqual(yield* untilOf, ingested + 3 * 86_400)
        assert.strictEqual(yield* change(Retention.days(1)), "BadRequest")
        assert.strictEqual(yield* change(Retention.deletionAllowed), "BadRequest")
        assert.strictEqual(yield* change(Retention.unspecified), "BadRequest")
        const far = Retention.until(DateTime.add(metadata.createdAt, { days: 100 }))
        assert.strictEqual(yield* change(far), "done")
        assert.strictEqual(yield* untilOf, far.at.epochMilliseconds / 1000)
        assert.strictEqual(yield* change(Retention.prohibited), "done")
        assert.strictEqual(yield* change(Retention.years(9999)), "BadRequest")
        assert.strictEqual(yield* untilOf, "Prohibited")
      })
    )

    it.effect("what is over lets go", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/over", text("x"), { retention: Retention.until(DateTime.makeUnsafe(day)) })
        yield* ns.delete("/over")
        yield* ns.put("/over", text("x"), { retention: Retention.seconds(0) })
        assert.strictEqual((yield* ns.put("/over", text("y"), { ifExists: "replace" })).outcome, "replaced")
      })
    )

    it.effect("a class is followed by a longer class only", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("classes")
        const change = (changes: Changes) => tagOf(ns.modify("/classed", changes))
        yield* ns.put("/classed", text("x"), { retention: Retention.ofClass("short") })
        const short = yield* ns.head("/classed")
        assert.strictEqual(short.retention.retentionClass?.toUpperCase(), "SHORT")
        assert.strictEqual(yield* change({ retention: Retention.years(50) }), "BadRequest")
        assert.strictEqual(yield* change({ retention: Retention.ofClass("UNKNOWN") }), "BadRequest")
        yield* ns.modify("/classed", { retention: Retention.ofClass("LONG") })
        assert.strictEqual(yield* change({ retention: Retention.ofClass("SHORT") }), "BadRequest")
        const refused = yield* Effect.flip(ns.delete("/classed"))
        assert(refused.reason._tag === "UnderRetention")
        assert.strictEqual(refused.reason.retentionClass, "LONG")
        yield* ns.modify("/classed", { retention: Retention.ofClass("NEVER") })
        assert.deepStrictEqual((yield* ns.head("/classed")).retention, {
          value: Retention.prohibited,
          retentionClass: "NEVER"
        })
        assert.strictEqual(
          yield* tagOf(ns.put("/u", text("x"), { retention: Retention.ofClass("NONE") })),
          "BadRequest"
        )
        assert.isFalse(yield* ns.exists("/u"))
      })
    )

    it.effect("a hold stops everybody until it is released", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/held", text("x"), { hold: true })
        assert.isTrue((yield* ns.head("/held")).hold)
        assert.strictEqual(yield* tagOf(ns.delete("/held")), "OnHold")
        assert.strictEqual(yield* tagOf(ns.delete("/held", privileged)), "OnHold")
        assert.strictEqual(yield* tagOf(ns.delete("/held", { purge: true })), "OnHold")
        assert.strictEqual(yield* tagOf(ns.modify("/held", { retention: Retention.years(1) })), "OnHold")
        const both = ns.modify("/held", { retention: Retention.years(1), hold: false })
        assert.strictEqual(yield* tagOf(both), "InvalidInput")
        yield* ns.modify("/held", { index: false })
        yield* ns.modify("/held", { hold: false })
        yield* ns.delete("/held")
      })
    )

    it.effect("each label holds on its own", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const odd = `Fall "Ä" 東京 🦉 & +%`
        yield* ns.put("/labels", text("x"), { labelledHolds: [LabelledHold.hold("case-1"), LabelledHold.hold(odd)] })
        const held = yield* ns.head("/labels")
        assert.strictEqual(held.hold, false)
        assert.strictEqual(held.labelledHold, true)
        assert.sameDeepMembers([...held.labelledHolds], [LabelledHold.hold("case-1"), LabelledHold.hold(odd)])
        const release = (id: string) => ns.modify("/labels", { labelledHolds: [LabelledHold.release(id)] })
        yield* release("case-1")
        const refused = yield* Effect.flip(ns.delete("/labels", privileged))
        assert(refused.reason._tag === "OnHold")
        assert.deepStrictEqual(refused.reason.labels, [odd])
        // The plain hold and the labels know nothing of each other.
        yield* ns.modify("/labels", { hold: true })
        yield* release(odd)
        assert.strictEqual((yield* ns.head("/labels")).labelledHold, false)
        assert.strictEqual(yield* tagOf(ns.delete("/labels")), "OnHold")
        yield* ns.modify("/labels", { hold: false })

        const hundred = Array.from({ length: 100 }, (_, n) => LabelledHold.hold(`case ${n}`))
        yield* ns.modify("/labels", { labelledHolds: hundred })
        const more = ns.modify("/labels", { labelledHolds: [LabelledHold.hold("one more")] })
        assert.strictEqual(yield* tagOf(more), "BadRequest")
        assert.strictEqual((yield* ns.head("/labels")).labelledHolds.length, 100)
        yield* ns.modify("/labels", { labelledHolds: hundred.map(({ id }) => LabelledHold.release(id)) })
        yield* ns.delete("/labels")
      })
    )

    it.effect("who is privileged passes retention, with a reason, and not in compliance mode", () =>
      Effect.gen(function* () {
        const enterprise = yield* Contract.open("plain")
        yield* enterprise.ns.put("/privileged", text("x"), { retention: Retention.prohibited })
        const unprivileged = (yield* Contract.open("plain", "keeper")).ns
        assert.strictEqual(yield* tagOf(unprivileged.delete("/privileged", privileged)), "Forbidden")
        assert.strictEqual(yield* tagOf(unprivileged.modify("/privileged", { hold: true })), "Forbidden")
        assert.strictEqual(
          yield* tagOf(enterprise.ns.delete("/privileged", { privileged: { reason: "" } })),
          "InvalidInput"
        )
        yield* enterprise.ns.delete("/privileged", privileged)
        assert.isFalse(yield* enterprise.ns.exists("/privileged"))

        const compliance = yield* Contract.open("strict")
        yield* compliance.ns.put("/privileged", text("x"), { retention: Retention.days(1) })
        assert.strictEqual(yield* tagOf(compliance.ns.delete("/privileged", privileged)), "Forbidden")
        assert.isTrue(yield* compliance.ns.exists("/privileged"))
      })
    )

    it.effect("of a versioned object nothing goes while it is kept, and all with a privileged purge", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("versions")
        const first = yield* ns.put("/kept", text("one"))
        yield* ns.put("/kept", text("two"), { ifExists: "newVersion", retention: Retention.years(1) })
        assert.strictEqual(yield* tagOf(ns.delete("/kept")), "UnderRetention")
        assert.strictEqual(yield* tagOf(ns.delete("/kept", { purge: true })), "UnderRetention")
        // The older version has a retention of its own.
        yield* ns.delete("/kept", { versionId: first.metadata.versionId })
        assert.strictEqual((yield* Stream.runCollect(ns.versions("/kept"))).length, 1)
        yield* ns.delete("/kept", { purge: true, ...privileged })
        assert.strictEqual(yield* tagOf(Stream.runDrain(ns.versions("/kept", { deleted: true }))), "NotFound")
      })
    )

    it.effect("shredding is turned on for good, indexing at will, owners exist", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        yield* ns.put("/settings", text("x"))
        yield* ns.modify("/settings", { shred: true, index: false, owner: "reader" })
        const { index, owner, shred } = yield* ns.head("/settings")
        assert.deepStrictEqual({ index, owner, shred }, { index: false, owner: "reader", shred: true })
        yield* ns.modify("/settings", { index: true, owner: false })
        assert.strictEqual((yield* ns.head("/settings")).owner, undefined)
        assert.strictEqual(yield* tagOf(ns.modify("/settings", { owner: "nobody-at-all" })), "BadRequest")
        assert.strictEqual(yield* tagOf(ns.modify("/none", { index: true })), "NotFound")
      })
    )
  })
