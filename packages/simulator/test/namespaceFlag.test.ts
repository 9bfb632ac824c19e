import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parse } from "../src/internal/namespaceFlag.ts"

describe("a namespace on the command line", () => {
  it.effect("is a name, and settings after commas", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* parse("n1.t1"), { name: "n1", tenant: "t1" })
      const text =
        "N1.t1, versioning,compliance,retention=A+1y,class=TAX:A+10y:auto,class=never:-1,acl,xml,annotations=all,hash=md5,quota=10G,dpl=1,shred,no-index,no-http,anonymous"
      assert.deepStrictEqual(yield* parse(text), {
        name: "n1",
        tenant: "t1",
        versioning: true,
        retentionMode: "compliance",
        defaultRetention: "A+1y",
        retentionClasses: [
          { name: "TAX", value: "A+10y", autoDelete: true },
          { name: "never", value: "-1", autoDelete: false }
        ],
        aclsUsage: "ENFORCED",
        xmlChecking: true,
        customMetadataChanges: "ALL",
        hashScheme: "MD5",
        hardQuota: 10 * 1024 ** 3,
        dpl: 1,
        defaultShred: true,
        defaultIndex: false,
        http: false,
        anonymous: true
      })
    })
  )

  it.effect("is refused with the part that cannot be", () =>
    Effect.gen(function* () {
      const refused = [
        ["n1", /name\.tenant/],
        ["n1.t1,", /no setting ""/],
        ["n1.t1,colour=red", /no setting "colour".*versioning/],
        ["n1.t1,toString", /no setting "toString"/],
        ["n1.t1,versioning=true", /"versioning=true" is not of the form versioning/],
        ["n1.t1,dpl=9", /dpl=1\.\.4/],
        ["n1.t1,quota=lots", /quota=BYTES/],
        ["n1.t1,hash", /hash=SCHEME/],
        ["n1.t1,annotations=some", /annotations=none\|add\|all/],
        ["n1.t1,class=TAX", /class=NAME:VALUE/]
      ] as const
      for (const [text, message] of refused) {
        const error = yield* Effect.flip(parse(text))
        assert.strictEqual(error.reason, "specification")
        assert.match(error.message, message)
      }
    })
  )
})
