import { assert } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import * as HcpBody from "../../../src/HcpBody.ts"
import type { HcpError } from "../../../src/HcpError.ts"
import * as Acl from "../../../src/namespace/Acl.ts"
import * as Retention from "../../../src/namespace/Retention.ts"
import * as Contract from "../../utils/contract.ts"
import { tagOf } from "../../utils/namespaces.ts"

const { text } = HcpBody

/** `ok`, or the tag of the reason. */
const endOf = <A, R>(effect: Effect.Effect<A, HcpError, R>) =>
  Effect.match(effect, { onSuccess: () => "ok", onFailure: ({ reason }) => reason._tag })

export const permissions = (subject: Contract.Subject) =>
  Contract.suite(subject, "who may do what", (it) => {
    it.effect("a list lets a guest do what it says, and no more", () =>
      Effect.gen(function* () {
        const owner = (yield* Contract.open("acls")).ns
        const guest = (yield* Contract.open("acls", "guest")).ns
        yield* owner.put("/listed", text("data"))
        assert.deepStrictEqual(yield* owner.acl.find("/listed"), Option.none())
        assert.isFalse(yield* owner.acl.exists("/listed"))
        assert.strictEqual(yield* endOf(guest.get("/listed")), "Forbidden")

        const reading = Acl.grant(Acl.empty, Acl.user("guest"), ["READ"])
        yield* owner.acl.put("/listed", reading)
        assert.strictEqual((yield* guest.get("/listed")).text, "data")
        assert.isTrue((yield* guest.head("/listed")).hasAcl)
        assert.strictEqual(yield* endOf(guest.acl.find("/listed")), "Forbidden")
        assert.strictEqual(yield* endOf(guest.modify("/listed", { index: false })), "Forbidden")
        assert.strictEqual(yield* endOf(guest.delete("/listed")), "Forbidden")
        assert.strictEqual(yield* endOf(guest.get("/other")), "Forbidden")
        assert.strictEqual(yield* endOf(guest.put("/other", text("x"))), "Forbidden")

        const more = Acl.grant(reading, Acl.user("guest"), ["READ_ACL", "WRITE", "DELETE"])
        yield* owner.acl.put("/listed", more, { format: "json" })
        assert.deepStrictEqual(yield* guest.acl.find("/listed"), Option.some(more))
        assert.deepStrictEqual(yield* guest.acl.find("/listed", { format: "json" }), Option.some(more))
        yield* guest.modify("/listed", { index: false })
        assert.strictEqual(yield* endOf(guest.acl.put("/listed", reading)), "Forbidden")
        yield* guest.delete("/listed")
        assert.isFalse(yield* owner.exists("/listed"))
      })
    )

    it.effect("a list may be taken away, also under retention, and says nothing where it is not enforced", () =>
      Effect.gen(function* () {
        const owner = (yield* Contract.open("acls")).ns
        const guest = (yield* Contract.open("acls", "guest")).ns
        yield* owner.put("/kept", text("data"), { retention: Retention.days(1) })
        yield* owner.acl.put("/kept", Acl.grant(Acl.empty, Acl.authenticated, ["READ"]))
        assert.strictEqual(yield* endOf(guest.get("/kept")), "ok")
        assert.isTrue(yield* owner.acl.delete("/kept"))
        assert.isFalse(yield* owner.acl.delete("/kept"))
        assert.strictEqual(yield* endOf(guest.get("/kept")), "Forbidden")

        const lax = (yield* Contract.open("noted")).ns
        yield* lax.put("/listed", text("data"), { acl: "all_read" })
        const noted = Option.getOrThrow(yield* lax.acl.find("/listed"))
        assert.deepStrictEqual(Acl.permissionsOf(noted, Acl.allUsers), ["READ"])
        assert.strictEqual(yield* endOf((yield* Contract.open("noted", "guest")).ns.get("/listed")), "Forbidden")
      })
    )

    it.effect("canned lists open an object to everybody, or to all who have signed in", () =>
      Effect.gen(function* () {
        const owner = (yield* Contract.open("acls")).ns
        const guest = (yield* Contract.open("acls", "guest")).ns
        const nobody = (yield* Contract.open("acls", "anonymous")).ns
        yield* owner.put("/canned/all", text("data"), { acl: "all_read" })
        yield* owner.put("/canned/auth", text("data"), { acl: "auth_read" })
        yield* owner.put("/canned/none", text("data"))
        const ends = (ns: typeof guest) =>
          Effect.forEach(["all", "auth", "none"], (name) => endOf(ns.get(`/canned/${name}`)))
        assert.deepStrictEqual(yield* ends(guest), ["ok", "ok", "Forbidden"])
        assert.deepStrictEqual(yield* ends(nobody), ["ok", "Forbidden", "Forbidden"])
      })
    )

    it.effect("grants that cannot be are refused", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("acls")
        yield* ns.put("/grants", text("data"))
        const replace = (acl: Acl.Acl, format: Acl.Format = "xml") => endOf(ns.acl.put("/grants", acl, { format }))
        const of = (...grantees: ReadonlyArray<Acl.Grantee>): Acl.Acl => ({
          grants: grantees.map((grantee) => ({ grantee, permissions: ["READ"] }))
        })
        assert.strictEqual(yield* replace(of(Acl.user("unknown"))), "BadRequest")
        assert.strictEqual(yield* replace(of(Acl.user("unknown")), "json"), "BadRequest")
        assert.strictEqual(yield* replace(of(Acl.user("n"), Acl.user("n"))), "InvalidInput")
        assert.strictEqual(
          yield* replace(of(...Array.from({ length: 1001 }, (_, n) => Acl.user(`u${n}`, "ad.local")))),
          "InvalidInput"
        )
        const thousand = of(...Array.from({ length: 1000 }, (_, n) => Acl.user(`Jürgen & <${n}>`, "ad.local")))
        for (const format of ["xml", "json"] as const) {
          assert.strictEqual(yield* replace(thousand, format), "ok")
          assert.deepStrictEqual(yield* ns.acl.find("/grants", { format }), Option.some(thousand))
        }
        assert.strictEqual(yield* endOf(ns.acl.find("/none")), "NotFound")
        assert.strictEqual(yield* endOf(ns.acl.put("/none", Acl.empty)), "NotFound")
        const without = (yield* Contract.open("plain")).ns
        yield* without.put("/grants", text("data"))
        assert.strictEqual(yield* endOf(without.acl.find("/grants")), "BadRequest")
        assert.strictEqual(yield* endOf(without.acl.put("/grants", Acl.empty)), "BadRequest")
      })
    )

    it.effect("anonymous may read where the namespace says so, and wrong credentials never", () =>
      Effect.gen(function* () {
        const owner = (yield* Contract.open("open")).ns
        const nobody = (yield* Contract.open("open", "anonymous")).ns
        const wrong = (yield* Contract.open("open", "wrong")).ns
        yield* owner.put("/public/a", text("data"))
        assert.strictEqual((yield* nobody.get("/public/a")).text, "data")
        assert.strictEqual((yield* Stream.runCollect(nobody.list("/public"))).length, 1)
        assert.strictEqual(yield* endOf(nobody.put("/public/b", text("x"))), "Forbidden")
        assert.strictEqual(yield* endOf(nobody.delete("/public/a")), "Forbidden")
        assert.strictEqual(yield* endOf(wrong.get("/public/a")), "Forbidden")
        assert.strictEqual(yield* endOf((yield* Contract.open("plain", "anonymous")).ns.get("/a")), "Forbidden")
      })
    )

    it.effect("each permission counts", () =>
      Effect.gen(function* () {
        const owner = (yield* Contract.open("plain")).ns
        yield* owner.put("/few/a", text("data"))
        const attempts = Effect.fnUntraced(function* (user: "reader" | "writer" | "keeper") {
          const { ns } = yield* Contract.open("plain", user)
          return yield* Effect.forEach(
            [
              ns.get("/few/a"),
              Stream.runDrain(ns.list("/few")),
              ns.put(`/few/${user}`, text("x")),
              ns.makeDirectory(`/few/of ${user}`),
              ns.copy("/few/a", `/few/copy of ${user}`),
              ns.annotations.put("/few/a", user, text("x")),
              ns.modify("/few/a", { index: true }),
              ns.modify("/few/a", { hold: true }),
              ns.modify("/few/a", { owner: user }),
              ns.put(`/few/held by ${user}`, text("x"), { hold: true }),
              ns.delete("/few/a", { purge: true }),
              ns.delete(`/few/${user}`)
            ],
            (attempt) => endOf<unknown, never>(attempt)
          )
        })
        const no = "Forbidden"
        assert.deepStrictEqual(yield* attempts("reader"), ["ok", "ok", no, no, no, no, no, no, no, no, no, no])
        const mayWrite = ["ok", "ok", "ok", "ok", "ok", "ok", "ok", no, no, no, no]
        assert.deepStrictEqual(yield* attempts("writer"), [...mayWrite, no])
        assert.deepStrictEqual(yield* attempts("keeper"), [...mayWrite, "ok"])
      })
    )

    it.effect("a namespace that is not there is forbidden too, and the error says so", () =>
      Effect.gen(function* () {
        const { info, ns } = yield* Contract.open("absent")
        assert.strictEqual(yield* tagOf(ns.head("/a")), "Forbidden")
        assert.strictEqual(yield* tagOf(ns.exists("/a")), "Forbidden")
        assert.strictEqual(yield* tagOf(info.statistics()), "Forbidden")
        const { message } = yield* Effect.flip(ns.put("/a", text("x")))
        assert.include(message, "absent.t1.hcp1.example.com")
      })
    )
  })

export const information = (subject: Contract.Subject) =>
  Contract.suite(subject, "what a namespace tells of itself", (it) => {
    it.effect("counts follow what happens", () =>
      Effect.gen(function* () {
        const { info, ns } = yield* Contract.open("small")
        const counts = Effect.map(info.statistics(), (statistics) => [
          statistics.objectCount,
          statistics.usedCapacityBytes,
          statistics.customMetadataObjectCount,
          statistics.customMetadataObjectBytes
        ])
        assert.deepStrictEqual(yield* counts, [0, 0, 0, 0])
        yield* ns.put("/a", text("12345"))
        yield* ns.put("/b/c", text("123"))
        assert.deepStrictEqual((yield* counts).slice(0, 2), [2, 8])
        yield* ns.annotations.put("/a", "note", text("<n/>"))
        const annotated = yield* counts
        assert.deepStrictEqual(annotated.slice(2), [1, 4])
        yield* ns.delete("/b/c")
        assert.strictEqual((yield* counts)[0], 1)
        yield* ns.delete("/a")
        assert.deepStrictEqual(yield* counts, [0, 0, 0, 0])
        const { namespaceName, softQuotaPercent, totalCapacityBytes } = yield* info.statistics()
        assert.deepStrictEqual([namespaceName, totalCapacityBytes, softQuotaPercent], ["small", 1_000_000, 80])
      })
    )

    it.effect("settings, classes and permissions are those it was made with", () =>
      Effect.gen(function* () {
        const { info } = yield* Contract.open("classes")
        const [own, ...more] = yield* info.namespaces()
        assert.strictEqual(own?.name, "classes")
        assert.strictEqual(own?.versioningEnabled, false)
        assert.strictEqual(own?.hashScheme, "SHA-256")
        assert.strictEqual(own?.retentionMode, "enterprise")
        assert.deepStrictEqual(own?.defaultRetentionValue, Retention.deletionAllowed)
        assert.deepStrictEqual(more, [])
        const classes = yield* info.retentionClasses()
        assert.deepStrictEqual(
          classes.map(({ autoDelete, description, name, value }) => [name, value, autoDelete, description]),
          [
            ["SHORT", Retention.years(1), false, "one year"],
            ["LONG", Retention.years(10), true, "ten years"],
            ["NEVER", Retention.prohibited, false, "for good"]
          ]
        )
        const all = yield* info.namespaces({ all: true })
        assert.include(
          all.map(({ name }) => name),
          "versions"
        )
        assert.notInclude(
          all.map(({ name }) => name),
          "other"
        )
        const plain = (yield* Contract.open("plain")).info
        assert.deepStrictEqual((yield* plain.namespaces())[0]?.description, ["for all", "and nobody"])
        assert.deepStrictEqual(yield* plain.retentionClasses(), [])

        const reader = (yield* Contract.open("plain", "reader")).info
        const { namespacePermissions, userEffectivePermissions, userPermissions } = yield* reader.permissions()
        const granted = Object.entries(userEffectivePermissions).flatMap(([name, isGranted]) =>
          isGranted ? [name] : []
        )
        assert.deepStrictEqual(granted, ["browse", "read"])
        assert.deepStrictEqual(userPermissions, userEffectivePermissions)
        assert.isTrue(namespacePermissions.privileged)

        const guest = (yield* Contract.open("acls", "guest")).info
        assert.sameMembers(
          (yield* guest.namespaces({ all: true })).map(({ name }) => name),
          ["acls", "noted", "open"]
        )
        assert.strictEqual(yield* tagOf((yield* Contract.open("plain", "guest")).info.statistics()), "Forbidden")
      })
    )
  })
