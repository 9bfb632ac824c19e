import { assert, describe, it } from "@effect/vitest"
import { LabelledHold, ObjectMetadata, Retention } from "@effect-hcp/sdk"
import { DateTime, Schema } from "effect"
import * as Envelope from "../src/internal/bucket/envelope.ts"
import { missingLock, protectionOf } from "../src/internal/bucket/protection.ts"

const now = DateTime.makeUnsafe("2026-01-05T00:00:00Z")
const hash = { algorithm: "SHA-256", hex: "ab".repeat(32) }
const name = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/))
const annotation = Schema.Struct({
  name,
  bytes: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
})

const values = (metadata: Readonly<Record<string, string>>) => Object.entries(metadata)

describe("what HCP knows of an object", () => {
  it.prop(
    "comes back from user metadata as it was, whatever bytes annotations hold, and never is more than S3 takes",
    [Schema.Array(annotation).check(Schema.isMaxLength(10)), Schema.Array(Schema.String).check(Schema.isMaxLength(5))],
    ([given, labels]) => {
      const inline = given.map(({ bytes, name }) => ({
        name,
        bytes: Uint8Array.from(bytes)
      }))
      const wellFormed = labels.filter((label) => label !== "" && !/\p{Surrogate}/u.test(label))
      const metadata = ObjectMetadata.make({
        versionId: "99",
        createdAt: now,
        retention: { value: Retention.until(now), retentionClass: "Invoices" },
        hold: true,
        index: false,
        owner: "müller x",
        domain: "corp",
        labelledHolds: wellFormed.map(LabelledHold.hold)
      })
      const written = Envelope.write(metadata, hash, inline, {
        version: "99",
        names: ["large"]
      })
      const size = values(written.metadata).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
      assert.isAtMost(size, 2_048)
      for (const [, value] of values(written.metadata)) assert.match(value, /^[!-~](?:[ -~]*[!-~])?$/)
      const read = Envelope.read(written.metadata)
      assert.deepStrictEqual(read?.hash, hash)
      assert.deepStrictEqual(read?.labels, written.omitted.includes("holdLabels") ? [] : wellFormed)
      assert.deepStrictEqual([read?.owner, read?.domain, read?.hold, read?.index], ["müller x", "corp", true, false])
      assert.strictEqual(read?.retention.retentionClass, "Invoices")
      const inMetadata = read?.inline.map(({ bytes, name }) => [name, ...bytes]) ?? []
      const wanted = inline.map(({ bytes, name }) => [name, ...bytes])
      for (const each of inMetadata) assert.deepInclude(wanted, each)
      // None of them is left out: what is not in the metadata is beside it.
      assert.deepStrictEqual(
        [...inMetadata.map(([name]) => name), ...(read?.beside?.names ?? [])].sort(),
        [...inline.map(({ name }) => name), "large"].sort()
      )
    }
  )

  it("takes annotations along as far as there is room, the small ones first", () => {
    const sized = (name: string, size: number) => ({
      name,
      bytes: new Uint8Array(size).fill(97)
    })
    const inline = [sized("large", 1_500), sized("small", 10), sized("medium", 1_200)]
    const written = Envelope.write(ObjectMetadata.make(), hash, inline, {
      version: "1",
      names: []
    })
    assert.deepStrictEqual([written.inline, written.beside], [["small", "medium"], ["large"]])
    // What is no ASCII takes three times the room.
    const other = { name: "other", bytes: new Uint8Array(800).fill(200) }
    assert.deepStrictEqual(
      Envelope.write(ObjectMetadata.make(), hash, [other], {
        version: "1",
        names: []
      }).beside,
      ["other"]
    )
  })

  it("says what does not fit in all", () => {
    const labelledHolds = Array.from({ length: 100 }, (_, index) =>
      LabelledHold.hold(`case ${index} ${"x".repeat(40)}`)
    )
    const written = Envelope.write(ObjectMetadata.make({ labelledHolds, owner: "o" }), hash, [], {
      version: "1",
      names: []
    })
    assert.deepStrictEqual(written.omitted, ["holdLabels"])
    assert.strictEqual(Envelope.read(written.metadata)?.owner, "o")
  })
})

describe("a lock", () => {
  const at = (text: string) => DateTime.makeUnsafe(text)
  const later = at("2030-01-01T00:00:00Z")

  it("never becomes shorter or weaker", () => {
    assert.isUndefined(missingLock({ mode: "COMPLIANCE", until: at("2031-01-01T00:00:00Z") }, later, "GOVERNANCE"))
    assert.isUndefined(missingLock({ mode: "GOVERNANCE", until: later }, later, "GOVERNANCE"))
    assert.isUndefined(missingLock({ mode: "GOVERNANCE", until: later }, undefined, "COMPLIANCE"))
    const longer = at("2031-01-01T00:00:00Z")
    assert.deepStrictEqual(missingLock({ mode: "GOVERNANCE", until: longer }, later, "COMPLIANCE"), {
      mode: "COMPLIANCE",
      until: longer
    })
    assert.deepStrictEqual(missingLock({ mode: "COMPLIANCE", until: later }, longer, "GOVERNANCE"), {
      mode: "COMPLIANCE",
      until: longer
    })
    // Locks are to the second.
    const wanted = missingLock(undefined, at("2030-01-01T00:00:00.001Z"), "GOVERNANCE")
    assert.deepStrictEqual(wanted, {
      mode: "GOVERNANCE",
      until: at("2030-01-01T00:00:01Z")
    })
  })

  it("is asked for by what protects an object now, and what has no likeness is said", () => {
    const of = (fields: Parameters<typeof ObjectMetadata.make>[0]) => {
      const { legalHold, omitted, until } = protectionOf(ObjectMetadata.make(fields), now)
      return [until === undefined ? undefined : DateTime.formatIso(until), legalHold, omitted]
    }
    const retained = (value: Retention.Fixed, retentionClass?: string) => ({
      retention: { value, retentionClass }
    })
    assert.deepStrictEqual(of({}), [undefined, false, []])
    assert.deepStrictEqual(of(retained(Retention.until(later))), ["2030-01-01T00:00:00.000Z", false, []])
    assert.deepStrictEqual(of(retained(Retention.until(at("2020-01-01T00:00:00Z")))), [undefined, false, []])
    assert.deepStrictEqual(
      of({
        ...retained({ _tag: "Prohibited" }),
        createdAt: at("2001-02-03T00:00:00Z")
      }),
      ["2101-02-03T00:00:00.000Z", false, ["retentionForEver"]]
    )
    assert.deepStrictEqual(of(retained({ _tag: "Unspecified" })), [undefined, true, ["retentionUnspecified"]])
    assert.deepStrictEqual(of({ ...retained(Retention.until(later), "C"), labelledHold: true }), [
      "2030-01-01T00:00:00.000Z",
      true,
      ["retentionClass", "holdLabels"]
    ])
  })
})
