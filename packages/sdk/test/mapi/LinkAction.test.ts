import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as LinkAction from "../../src/mapi/LinkAction.ts"

const suits: Record<LinkAction.Name, ReadonlyArray<LinkAction.LinkType>> = {
  suspend: ["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"],
  resume: ["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"],
  restore: ["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"],
  failOver: ["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"],
  failBack: ["ACTIVE_ACTIVE"],
  beginRecovery: ["OUTBOUND", "INBOUND"],
  beginRecover: ["OUTBOUND", "INBOUND"],
  completeRecovery: ["OUTBOUND", "INBOUND"]
}

describe("LinkAction", () => {
  it("gives an action for a type of link it suits, and for no other", () => {
    for (const [name, types] of Object.entries(suits)) {
      for (const type of ["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"] as const) {
        const found = LinkAction.fromData(name, type)
        if (types.includes(type)) {
          assert.strictEqual(Result.getOrThrow(found).name, name)
        } else {
          assert.isTrue(Result.isFailure(found), `${name} ${type}`)
          if (Result.isFailure(found)) {
            assert.strictEqual(found.failure.field, "action")
            assert.include(found.failure.detail, type)
          }
        }
      }
    }
  })

  it("knows every action by its name, and says which there are for a name it does not know", () => {
    assert.deepStrictEqual(
      LinkAction.all.map((action) => action.name),
      Object.keys(suits)
    )
    const unknown = LinkAction.fromData("failover")
    assert.isTrue(Result.isFailure(unknown))
    if (Result.isFailure(unknown)) assert.include(unknown.failure.detail, "failOver")
  })

  it("takes a type in any letter case, and refuses what is none", () => {
    assert.isTrue(Result.isSuccess(LinkAction.fromData("failBack", "active_active")))
    const none = LinkAction.fromData("suspend", "ACTIVE")
    assert.isTrue(Result.isFailure(none))
    if (Result.isFailure(none)) assert.strictEqual(none.failure.field, "type")
  })

  it("does not compile for links it does not suit", () => {
    const forPassive: LinkAction.LinkAction<"INBOUND"> = LinkAction.beginRecovery
    const forAny: LinkAction.LinkAction<"OUTBOUND"> = LinkAction.suspend
    // @ts-expect-error: only an active/active link is failed back
    const back: LinkAction.LinkAction<"OUTBOUND"> = LinkAction.failBack
    // @ts-expect-error: an active/active link is not recovered
    const recovery: LinkAction.LinkAction<"ACTIVE_ACTIVE"> = LinkAction.completeRecovery
    // @ts-expect-error: what suits one of two types does not suit a link that may be of either
    const either: LinkAction.LinkAction<LinkAction.LinkType> = LinkAction.failBack
    // @ts-expect-error: an action from data has to be checked first
    const unchecked: LinkAction.LinkAction<"OUTBOUND"> = Result.getOrThrow(LinkAction.fromData("suspend"))
    assert.lengthOf([forPassive, forAny, back, recovery, either, unchecked], 6)
  })

  it("narrows an action from data to the links it suits", () => {
    const action = Result.getOrThrow(LinkAction.fromData("failBack"))
    assert.isFalse(LinkAction.isFor(action, "OUTBOUND"))
    assert.isFalse(LinkAction.isForAll(action))
    if (LinkAction.isFor(action, "ACTIVE_ACTIVE")) {
      const narrowed: LinkAction.LinkAction<"ACTIVE_ACTIVE"> = action
      assert.strictEqual(narrowed.name, "failBack")
    } else assert.fail("not narrowed")
  })
})
