import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { Change, type ObjectVersion } from "../src/Change.ts"
import * as PackedChange from "../src/internal/packedChange.ts"
import * as Packed from "../src/internal/packedVersion.ts"

const packer = new Packed.Packer()
const format = PackedChange.format(packer)

const version: ObjectVersion = {
  id: 114_938_044_264_449,
  state: "created",
  createdMillis: 1_795_906_941_632,
  changed: { millis: 1_795_906_941_640, count: 7 },
  blob: "cb54c15fe1a1245d8a37fb41abd37b80",
  size: 1024,
  hashScheme: "SHA-256",
  hash: "A99C07CE93703C7390589C5B007BD9A97A8B6DE29E9A920D474D4F028CE2D42C",
  md5: "254a7725306413d2a8e39ad05ffa018a",
  retention: { until: 0, className: "" },
  hold: false,
  labelHolds: [],
  shred: false,
  index: true,
  owner: "n",
  ownerDomain: "",
  replicated: false,
  collision: false,
  annotations: []
}

const annotation = {
  name: "default",
  blob: "fe63d5f0c60d994e2dbd042bc21a3053",
  size: 12,
  hash: "A99C",
  md5: "254a",
  contentType: "text/xml",
  changed: { millis: 3, count: 0 }
} as const

const odd = 'a "quoted" \\ line\n \u0001 ü \u{1f600} \ud800'

const versions: ReadonlyArray<ObjectVersion> = [
  version,
  { ...version, state: "deleted", blob: "", size: 0 },
  { ...version, blob: "a0:12+b0:30", hash: "", md5: `${version.md5}-2` },
  { ...version, s3: { contentType: odd, lockMode: "COMPLIANCE" } },
  { ...version, retention: { until: -1, className: "TAX" }, hold: true, labelHolds: ["case 1", "ü"], shred: true },
  { ...version, owner: odd, ownerDomain: odd },
  { ...version, annotations: [annotation, { ...annotation, name: "other", contentType: "unknown" }] }
]

const put = (one: ObjectVersion, path: ReadonlyArray<string> = ["d", "a.txt"]): Change => ({
  _tag: "PutVersion",
  namespace: "n1.t1",
  path,
  version: one
})

const bySchema = Schema.decodeUnknownResult(Schema.fromJsonString(Change))

const read = (line: string) =>
  Result.getOrElse(Result.map(format.read(line, Buffer.from(line)), PackedChange.unpack), () => "no record")

const expected = (line: string) => Result.getOrElse(bySchema(line), () => "no record")

const without = (text: string, start: number, end: number) => text.slice(0, start) + text.slice(end)

describe("a packed version", () => {
  it("is what it was, and tells what it is asked for", () => {
    for (const one of versions) {
      const packed = packer.pack(one)
      assert.deepStrictEqual(Packed.unpack(packed), one)
      assert.deepStrictEqual(
        [Packed.idOf(packed), Packed.changedOf(packed), Packed.sizeOf(packed), Packed.isCreated(packed)],
        [one.id, one.changed, one.size, one.state === "created"]
      )
    }
  })

  it("says the same as another one only if every member does", () => {
    const [first, ...others] = versions
    assert.isTrue(Packed.isSame(first, { ...version, labelHolds: [], changed: { ...version.changed } }))
    for (const other of [...others, { ...version, replicated: true }, undefined]) {
      assert.isFalse(Packed.isSame(first, other))
    }
  })

  it("holds on to what many have in common once, whether it was made or read", () => {
    const line = format.write(PackedChange.pack(put(version), packer))
    const again = format.read(line, Buffer.from(line))
    const other = packer.pack({ ...version, id: 1, size: 2 })
    assert.ok(Result.isSuccess(again) && again.success._tag === "PutVersion")
    assert.isObject(other.rest)
    assert.strictEqual(again.success.version.rest, other.rest)
  })
})

describe("a line of the log of changes", () => {
  it("is the JSON of the change, and is read as it was written", () => {
    for (const path of [["a"], ["d", "a b.txt"], [odd, odd, "ü"]]) {
      for (const one of versions) {
        const line = format.write(PackedChange.pack(put(one, path), packer))
        assert.deepStrictEqual(JSON.parse(line), JSON.parse(JSON.stringify(put(one, path))))
        assert.deepStrictEqual(read(line), expected(line))
        assert.deepStrictEqual(expected(line), put(one, path))
      }
    }
  })

  it("is a record or none as the schema says, with any character gone, doubled or another one", () => {
    for (const one of [version, versions.at(-1) ?? version]) {
      const line = format.write(PackedChange.pack(put(one), packer))
      for (let at = 0; at < line.length; at++) {
        const changed = [
          without(line, at, at + 1),
          line.slice(0, at + 1) + line.slice(at),
          ...['"', "0", "-", "\\", "\u0001", "ü"].map((char) => line.slice(0, at) + char + line.slice(at + 1))
        ]
        for (const other of changed) assert.deepStrictEqual(read(other), expected(other), other)
      }
    }
  })
})
