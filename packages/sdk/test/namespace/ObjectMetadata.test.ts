import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option } from "effect"
import * as HcpHeaders from "../../src/HcpHeaders.ts"
import type * as Directory from "../../src/namespace/Directory.ts"
import * as ObjectMetadata from "../../src/namespace/ObjectMetadata.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import type * as Versions from "../../src/namespace/Versions.ts"

// The shape of a HEAD of release 8, with values of our own.
const recorded = {
  Date: "Fri, 20 Apr 2018 01:49:21 GMT",
  Server: "HCP V8.0.0.10-",
  "X-RequestId": "38AD86EF250DEB35",
  "X-HCP-ServicedBySystem": "hcp1.example.com",
  "X-HCP-Time": "1524188961",
  "X-HCP-SoftwareVersion": "8.0.0.10",
  ETag: '"68791e1b03badd5e4eb9287660f67745"',
  "Cache-Control": "no-cache,no-store",
  "Content-Type": "text/plain",
  "Content-Length": "18",
  "X-HCP-Type": "object",
  "X-HCP-Size": "18",
  "X-HCP-Hash": "SHA-256 47FB563CC8F86DC37C86D08BC542968F7986ACD81C97BF76DB7AD744407FE117",
  "X-HCP-VersionId": "97548093539073",
  "X-HCP-IngestTime": "1524188961",
  "X-HCP-IngestTimeMilliseconds": "1524188961548",
  "X-HCP-RetentionClass": "",
  "X-HCP-RetentionString": "Deletion Allowed",
  "X-HCP-Retention": "0",
  "X-HCP-IngestProtocol": "HTTP",
  "X-HCP-RetentionHold": "false",
  "X-HCP-Shred": "false",
  "X-HCP-DPL": "2",
  "X-HCP-Index": "true",
  "X-HCP-Custom-Metadata": "true",
  "X-HCP-ACL": "false",
  "X-HCP-Owner": "n",
  "X-HCP-Domain": "",
  "X-HCP-UID": "",
  "X-HCP-GID": "100",
  "X-HCP-CustomMetadataAnnotations": "case;6251, .metapairs;77",
  "X-HCP-Replicated": "true",
  "X-HCP-ReplicationCollision": "false",
  "X-HCP-ChangeTimeMilliseconds": "1524188961548.03",
  "X-HCP-ChangeTimeString": "2018-04-20T03:49:21+0200",
  "Last-Modified": "Fri, 20 Apr 2018 01:49:21 GMT"
}

const read = (headers: Record<string, string>) => ObjectMetadata.fromHeaders(HcpHeaders.make(headers))

describe("fromHeaders", () => {
  it("reads everything HCP says", () => {
    assert.deepStrictEqual(read(recorded), {
      type: "object",
      size: 18,
      hash: { algorithm: "SHA-256", hex: "47fb563cc8f86dc37c86d08bc542968f7986acd81c97bf76db7ad744407fe117" },
      etag: '"68791e1b03badd5e4eb9287660f67745"',
      contentType: "text/plain",
      versionId: "97548093539073",
      createdAt: DateTime.makeUnsafe(1524188961548),
      changedAt: { at: DateTime.makeUnsafe(1524188961548), count: 3 },
      retention: { value: Retention.deletionAllowed, retentionClass: undefined },
      retentionText: "Deletion Allowed",
      hold: false,
      labelledHold: undefined,
      labelledHolds: [],
      shred: false,
      index: true,
      ingestProtocol: "HTTP",
      dpl: 2,
      hasAnnotations: true,
      annotations: [
        { name: "case", size: 6251 },
        { name: ".metapairs", size: 77 }
      ],
      hasAcl: false,
      owner: "n",
      domain: undefined,
      uid: undefined,
      gid: 100,
      replicated: true,
      replicationCollision: false,
      symlinkTarget: undefined,
      servicedBy: "hcp1.example.com",
      requestId: "38AD86EF250DEB35",
      softwareVersion: "8.0.0.10",
      systemTime: DateTime.makeUnsafe(1524188961000)
    })
  })

  it("never fails: what is odd is left out", () => {
    const odd = read({
      "X-HCP-Type": "Not Implemented",
      "X-HCP-Size": "-1",
      "X-HCP-Hash": "SHA-256",
      "X-HCP-RetentionHold": "perhaps",
      "X-HCP-ChangeTimeMilliseconds": "soon",
      "X-HCP-LabelRetentionHold-Labels": "{",
      "X-HCP-IngestTimeMilliseconds": "1e3",
      "X-HCP-DPL": "Dynamic",
      "X-HCP-CustomMetadataAnnotations": "a;x, ;3,b",
      "X-HCP-Retention": "Not Implemented"
    })
    assert.strictEqual(odd.type, "unknown")
    for (const name of ["size", "hash", "hold", "changedAt", "createdAt"] as const) assert.isUndefined(odd[name], name)
    assert.strictEqual(odd.dpl, "Dynamic")
    assert.deepStrictEqual(odd.annotations, [
      { name: "a", size: undefined },
      { name: "b", size: undefined }
    ])
    assert.isUndefined(odd.retention.value)
    assert.strictEqual(read({}).type, "unknown")
  })

  it("has no time where HCP says one that no clock can show", () => {
    const far = read({ "X-HCP-Time": "9007199254740", "X-HCP-ChangeTimeMilliseconds": "9007199254740991.00" })
    assert.deepStrictEqual([far.systemTime, far.changedAt], [undefined, undefined])
  })

  it("takes the time of creation from whatever a release sends", () => {
    assert.deepStrictEqual(read({ "X-HCP-IngestTime": "1422736466" }).createdAt, DateTime.makeUnsafe(1422736466000))
    const both = { ...recorded, "X-HCP-VersionCreateTimeMilliseconds": "1584519167629" }
    assert.deepStrictEqual(read(both).createdAt, DateTime.makeUnsafe(1584519167629))
  })

  it("reads names that are no Latin-1, and Latin-1 names too", () => {
    const latin1 = (text: string) => Buffer.from(text, "utf8").toString("latin1")
    assert.strictEqual(read({ "X-HCP-Owner": latin1("J\u00f6rg") }).owner, "J\u00f6rg")
    assert.strictEqual(read({ "X-HCP-Owner": "J\u00f6rg" }).owner, "J\u00f6rg")
    assert.strictEqual(read({ "X-HCP-SymlinkTarget": latin1("/\u00e4/\u6771") }).symlinkTarget, "/\u00e4/\u6771")
    const labels = read({ "X-HCP-LabelRetentionHold-Labels": latin1('[{"id":"\u00e4","hold":true}]') })
    assert.deepStrictEqual(labels.labelledHolds, [{ id: "\u00e4", hold: true }])
  })
})

describe("protection", () => {
  const now = DateTime.makeUnsafe(1524188961_000)
  it("is a hold before it is retention, and ends with the second it says", () => {
    const of = (headers: Record<string, string>) => ObjectMetadata.protection(read(headers), now)
    assert.deepStrictEqual(of(recorded), Option.none())
    assert.deepStrictEqual(of({ "X-HCP-RetentionHold": "true", "X-HCP-Retention": "-1" }), Option.some("hold"))
    assert.deepStrictEqual(of({ "X-HCP-LabelRetentionHold": "true" }), Option.some("hold"))
    assert.deepStrictEqual(of({ "X-HCP-Retention": "-1" }), Option.some("retention"))
    assert.deepStrictEqual(of({ "X-HCP-Retention": "-2" }), Option.some("retention"))
    assert.deepStrictEqual(of({ "X-HCP-Retention": "1524188962" }), Option.some("retention"))
    assert.deepStrictEqual(of({ "X-HCP-Retention": "1524188961" }), Option.none())
    assert.deepStrictEqual(of({}), Option.none())
  })

  it("is told of what lists give: objects and versions as of metadata, and nothing else is protected", () => {
    const none = { value: undefined, retentionClass: undefined }
    const until = (epochSeconds: number) => ({
      value: Retention.until(DateTime.makeUnsafe(epochSeconds * 1000)),
      retentionClass: undefined
    })
    const object = { _tag: "Object" as const, hold: false, retention: none }
    assert.deepStrictEqual(ObjectMetadata.protection(object, now), Option.none())
    assert.deepStrictEqual(
      ObjectMetadata.protection({ ...object, retention: until(1524188962) }, now),
      Option.some("retention")
    )
    assert.deepStrictEqual(ObjectMetadata.protection({ ...object, retention: until(1524188961) }, now), Option.none())
    assert.deepStrictEqual(ObjectMetadata.protection({ ...object, hold: true }, now), Option.some("hold"))
    for (const _tag of ["Directory", "Symlink", "DeleteMarker"] as const) {
      assert.deepStrictEqual(ObjectMetadata.protection({ _tag }, now), Option.none())
    }
    const ofEntry = (entry: Directory.Entry | Versions.Version) => ObjectMetadata.protection(entry, now)
    assert.isFunction(ofEntry)
  })
})
