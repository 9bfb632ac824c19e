import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { HcpRequest } from "../src/HcpRequest.ts"
import { Changes } from "../src/internal/replica/changes.ts"
import { Recent } from "../src/internal/replica/recent.ts"

const of = (path: string, query?: HcpRequest["query"], rest: Partial<HcpRequest> = {}): HcpRequest => ({
  method: "GET",
  path,
  query,
  ...rest
})

const annotation = (name?: string) => ({ type: "custom-metadata", annotation: name })

describe("what is remembered of the replica", () => {
  it("is forgotten when its time is over, each path by itself; a new change begins a new time", () => {
    const changes = new Changes(10_000)
    changes.note(of("/rest/a"), "stored", 0)
    changes.note(of("/rest/b"), "stored", 5_000)
    changes.note(of("/rest/a"), "deleted", 6_000)
    assert.strictEqual(changes.of(of("/rest/b"), 14_999), "stored")
    assert.strictEqual(changes.of(of("/rest/a"), 14_999), "deleted")
    assert.strictEqual(changes.of(of("/rest/b"), 15_000), undefined)
    assert.strictEqual(changes.of(of("/rest/a"), 15_999), "deleted")
    assert.strictEqual(changes.of(of("/rest/a"), 16_000), undefined)
    assert.isTrue(changes.isEmpty)
  })

  it("has a bound: the oldest is forgotten, and a path that was changed again is not the oldest", () => {
    const changes = new Changes(10_000, 3)
    for (const [now, path] of ["/rest/a", "/rest/b", "/rest/c", "/rest/a", "/rest/d"].entries()) {
      changes.note(of(path), "stored", now)
    }
    const known = ["a", "b", "c", "d"].filter((name) => changes.of(of(`/rest/${name}`), 5) !== undefined)
    assert.deepStrictEqual(known, ["a", "c", "d"])
  })

  it("a read prefers the replica for what was changed there and for the folders above, not for what is beside it", () => {
    const changes = new Changes(10_000)
    changes.note(of("/rest/a/b/c"), "deleted", 0)
    const preferred = ["/rest/a/b/c", "/rest/a/b", "/rest/a/b/", "/rest/a", "/rest", "/rest/a/b/d", "/rest/x"].filter(
      (path) => changes.prefersReplica(of(path), 1)
    )
    assert.deepStrictEqual(preferred, ["/rest/a/b/c", "/rest/a/b", "/rest/a/b/", "/rest/a", "/rest"])
    assert.isFalse(changes.prefersReplica(of("/rest/a"), 10_000))
  })

  it("names below the system's own are places of their own", () => {
    const changes = new Changes(10_000)
    changes.note(of("/key", undefined, { subdomain: "finance" }), "stored", 0)
    assert.strictEqual(changes.of(of("/key", undefined, { subdomain: "finance" }), 1), "stored")
    assert.isTrue(changes.prefersReplica(of("/", undefined, { subdomain: "finance" }), 1))
    assert.strictEqual(changes.of(of("/key", undefined, { subdomain: "sales" }), 1), undefined)
    assert.strictEqual(changes.of(of("/key"), 1), undefined)
  })

  it("an annotation that is deleted leaves its object; an object that is deleted takes its annotations along", () => {
    const changes = new Changes(10_000)
    changes.note(of("/rest/a", annotation()), "deleted", 0)
    assert.strictEqual(changes.of(of("/rest/a"), 1), "stored")
    assert.strictEqual(changes.of(of("/rest/a", annotation("default")), 1), "deleted")
    assert.strictEqual(changes.of(of("/rest/a", { type: "custom-metadata-info" }), 1), "deleted")
    assert.strictEqual(changes.of(of("/rest/a", annotation("other")), 1), "stored")
    changes.note(of("/rest/a", annotation("default")), "stored", 2)
    assert.strictEqual(changes.of(of("/rest/a", annotation()), 3), "stored")
    changes.note(of("/rest/a"), "deleted", 4)
    assert.strictEqual(changes.of(of("/rest/a", annotation("other")), 5), "deleted")
    assert.strictEqual(changes.of(of("/rest/a", { type: "acl" }), 5), "deleted")
  })

  it("so many deleted parts of one object are remembered, and the oldest is forgotten first", () => {
    const changes = new Changes(10_000)
    for (let number = 0; number <= 16; number++) changes.note(of("/a", annotation(`n${number}`)), "deleted", 0)
    assert.strictEqual(changes.of(of("/a", annotation("n0")), 1), "stored")
    for (const name of ["n1", "n16"]) assert.strictEqual(changes.of(of("/a", annotation(name)), 1), "deleted")
  })

  it("the older versions of a deleted object are not deleted, and neither is the object by the deletion of a version", () => {
    const changes = new Changes(10_000)
    changes.note(of("/rest/a"), "deleted", 0)
    assert.strictEqual(changes.of(of("/rest/a", { version: "1" }), 1), "stored")
    changes.note(of("/rest/b", { versionId: "1" }), "deleted", 0)
    assert.strictEqual(changes.of(of("/rest/b"), 1), "stored")
    assert.strictEqual(changes.of(of("/rest/b", { versionId: "1" }), 1), "deleted")
  })

  it("a write that may have been done there is no reason to read there, and takes nothing away", () => {
    const changes = new Changes(10_000)
    changes.note(of("/rest/a"), "maybeStored", 0)
    assert.strictEqual(changes.of(of("/rest/a"), 1), "maybeStored")
    assert.isFalse(changes.prefersReplica(of("/rest/a"), 1))
    changes.note(of("/rest/b"), "deleted", 0)
    changes.note(of("/rest/b"), "maybeStored", 1)
    assert.strictEqual(changes.of(of("/rest/b"), 2), "deleted")
  })

  it("what the primary has changed since is forgotten", () => {
    const changes = new Changes(10_000)
    changes.note(of("/rest/a"), "stored", 0)
    changes.forget(of("/rest/a"))
    assert.strictEqual(changes.of(of("/rest/a"), 1), undefined)
    assert.isFalse(changes.prefersReplica(of("/rest/a"), 1))
  })
})

/** A step at one of a few keys: most entries are renewed, some are deleted, and time goes on. */
const Step = Schema.Struct({
  key: Schema.Literals(["a", "b", "c", "d", "e", "f", "g"]),
  does: Schema.Literals(["set", "set", "set", "delete", "prune"])
})

describe("what happened lately", () => {
  it.prop(
    "is what a list would say, renewed, deleted and forgotten in any order",
    [Schema.Array(Step).check(Schema.isMinLength(150), Schema.isMaxLength(400))],
    ([steps]) => {
      const [millis, max] = [20, 5]
      const recent = new Recent<number>(millis, max)
      let list: ReadonlyArray<{ readonly key: string; readonly at: number }> = []
      for (const [at, { does, key }] of steps.entries()) {
        if (does === "prune") {
          recent.prune(at)
          list = list.filter((one) => one.at + millis > at)
        } else {
          list = list.filter((one) => one.key !== key)
          if (does === "set") list = [...list, { key, at }].slice(-max)
          if (does === "set") recent.set(key, at, at)
          else recent.delete(key)
        }
        assert.strictEqual(recent.size, list.length)
        for (const one of list) assert.strictEqual(recent.get(one.key), one.at)
      }
    }
  )
})
