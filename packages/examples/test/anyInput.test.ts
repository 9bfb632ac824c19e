import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Jobs } from "@effect-hcp/jobs"
import * as S3Package from "@effect-hcp/s3"
import { S3 as S3Test } from "@effect-hcp/s3/testing"
import { Hcp, HcpClient, HcpError, MetadataQuery, Namespace, Transfer, Transport } from "@effect-hcp/sdk"
import * as Management from "@effect-hcp/sdk/mapi"
import { HcpError as MadeError, Mapi as MapiTest } from "@effect-hcp/sdk/testing"
import * as SwiftPackage from "@effect-hcp/swift"
import { Swift as SwiftTest } from "@effect-hcp/swift/testing"
import { Cause, Effect, Exit, Layer, Option, Predicate, Redacted, type Scope, Stream } from "effect"

/** A function of the public surface, with its name. */
interface Call {
  readonly name: string
  /** How many arguments it must be given, those it may be given included where they have no default. */
  readonly arity: number
  readonly run: (...args: ReadonlyArray<unknown>) => unknown
}

/** All functions of a module or a service, those in groups such as `Namespaces.versioning` included. */
const callsOf = (name: string, value: unknown, depth = 0): ReadonlyArray<Call> => {
  if (Predicate.isFunction(value))
    return [{ name, arity: value.length, run: (...args) => Reflect.apply(value, undefined, args) }]
  if (depth > 2 || !Predicate.isObject(value) || Effect.isEffect(value) || Layer.isLayer(value)) return []
  // A schema is a value of its own.
  if (Predicate.hasProperty(value, "ast")) return []
  return Object.entries(value).flatMap(([key, inner]) => callsOf(`${name}.${key}`, inner, depth + 1))
}

/** The functions that a list of public names has, of the modules themselves. */
const published = (list: string, at: string, modules: Readonly<Record<string, object>>): ReadonlyArray<Call> => {
  const text = readFileSync(new URL(`../../${list}/api.md`, import.meta.url), "utf8")
  return Object.entries(modules).flatMap(([name, module]) => {
    const [, section = ""] = text.split(`## ${at}/${name}\n`)
    const names = new Set(
      Array.from(
        section.split("\n## ")[0]?.matchAll(/^- (?:const|[^:`]*const[^:`]*) `(\w+)`/gm) ?? [],
        ([, one]) => one
      )
    )
    return Object.entries(module).flatMap(([key, value]) => (names.has(key) ? callsOf(`${name}.${key}`, value, 1) : []))
  })
}

const bad: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "a number": 5,
  NaN: Number.NaN,
  "a text": "some text",
  "a list": [],
  "an object": {},
  true: true,
  "a function": () => 1,
  "a promise": Promise.resolve(1)
}

/** What no argument of any call is. */
const never: ReadonlySet<string> = new Set(["a number", "NaN", "true", "a promise"])

const sent = MadeError.make({ reason: "Forbidden" })
const forbidden = Effect.fail(sent)

const management = (level: "system" | "tenant") =>
  MapiTest.layerTest({ level, call: () => forbidden, open: () => forbidden })

const refusing = () => Effect.succeed({ status: 403 })

const refused = { GET: refusing, PUT: refusing, POST: refusing, DELETE: refusing, HEAD: refusing, COPY: refusing }

const gateway = Layer.merge(S3Test.layerTest(refused), SwiftTest.layerTest(refused))

const objects = Layer.mergeAll(Namespace.layer, MetadataQuery.layer()).pipe(
  Layer.provideMerge(
    Hcp.layer({
      fqdn: "n1.t1.hcp.test",
      addresses: ["192.0.2.1"],
      credentials: { username: "n", password: Redacted.make("n01") },
      transport: Transport.layerHandler(refusing)
    })
  )
)

/** As a program in JavaScript calls it: the compiler does not know what comes. */
type Services =
  | Management.Mapi.Mapi
  | S3Package.S3.S3
  | SwiftPackage.Swift.Swift
  | Namespace.Namespace
  | MetadataQuery.MetadataQuery
  | HcpClient.HcpClient
  | Scope.Scope
type Made = Effect.Effect<unknown, unknown, Services>

const isMade = (value: unknown): value is Made => Effect.isEffect(value)
const isStream = (value: unknown): value is Stream.Stream<unknown, unknown, Services> => Stream.isStream(value)

/** How a call ends: refused before anything is sent, sent, or in a way that must not be. */
const outcomeOf = (call: Call, args: ReadonlyArray<unknown>) =>
  Effect.suspend(() => {
    const given = call.run(...args)
    const made: Made | undefined = isMade(given) ? given : isStream(given) ? Stream.runDrain(given) : undefined
    return made === undefined ? Effect.succeed("no effect") : Effect.as(made, "sent")
  }).pipe(
    Effect.scoped,
    Effect.exit,
    Effect.map((exit) => {
      if (Exit.isSuccess(exit)) return exit.value
      const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
      if (error === undefined) return `a defect (${String(Cause.squash(exit.cause))})`
      if (Predicate.isTagged(error, "JobInvalid") || Predicate.isTagged(error, "JobNotFound")) return "refused"
      return HcpError.isHcpError(error) && error.reason._tag === "InvalidInput" ? "refused" : "sent"
    })
  )

/** Each call with each bad value in each place, and what must not come of it. */
const faultsOf = Effect.fnUntraced(function* (calls: ReadonlyArray<Call>, exceptions: ReadonlyArray<string> = []) {
  const faults: Array<string> = []
  for (const call of calls) {
    for (let place = 0; place <= call.arity; place++) {
      for (const [name, value] of Object.entries(bad)) {
        const args = Array.from({ length: Math.max(call.arity, place + 1) }, (_, index) =>
          index === place ? value : ["t1", "ns1", "a-b", "c"][index]
        )
        const outcome = yield* outcomeOf(call, args)
        const isTaken = outcome === "sent" && place < call.arity && never.has(name)
        if ((isTaken || outcome.startsWith("a defect")) && !exceptions.includes(call.name)) {
          faults.push(`${call.name}, ${name} as argument ${place + 1}: ${outcome}`)
        }
      }
    }
  }
  return faults
})

// They make nothing happen: what they are given is a value of the same module.
const pureManagement = ["ChargebackRow.toCsv", "ChargebackRow.toCsvStream", "LinkAction.isFor", "LinkAction.isForAll"]

describe("whatever a call is given, from JavaScript too, it sends something or fails with InvalidInput", () => {
  for (const level of ["system", "tenant"] as const) {
    it.effect(`the management API, asked at the level of the ${level}`, () =>
      Effect.gen(function* () {
        const { Mapi: _, Quota: __, ...modules } = Management
        const calls = published("sdk", "@effect-hcp/sdk/mapi", modules)
        assert.isAbove(calls.length, 120)
        assert.deepStrictEqual(yield* faultsOf(calls, pureManagement), [])
      }).pipe(Effect.provide([management(level), gateway, objects]))
    )
  }

  it.effect("the S3 gateway", () =>
    Effect.gen(function* () {
      const { S3: _, S3Credentials: __, S3ObjectMetadata: ___, UserMetadata: ____, ...modules } = S3Package
      const calls = published("s3", "@effect-hcp/s3", modules)
      assert.isAbove(calls.length, 40)
      assert.deepStrictEqual(yield* faultsOf(calls), [])
    }).pipe(Effect.provide([management("tenant"), gateway, objects]))
  )

  it.effect("the Swift gateway", () =>
    Effect.gen(function* () {
      const { Account, Container, SwiftObject } = SwiftPackage
      const calls = published("swift", "@effect-hcp/swift", { Account, Container, SwiftObject })
      assert.isAbove(calls.length, 16)
      assert.deepStrictEqual(yield* faultsOf(calls), [])
    }).pipe(Effect.provide([management("tenant"), gateway, objects]))
  )

  it.effect("a namespace, the client and the metadata query", () =>
    Effect.gen(function* () {
      const { httpClient: _, ...client } = yield* HcpClient.HcpClient
      const calls = [
        ...callsOf("HcpClient", client),
        ...callsOf("Namespace", yield* Namespace.Namespace),
        ...callsOf("MetadataQuery", yield* MetadataQuery.MetadataQuery),
        ...callsOf("Transfer", { download: Transfer.download, upload: Transfer.upload })
      ]
      assert.isAbove(calls.length, 40)
      assert.deepStrictEqual(yield* faultsOf(calls), [])
    }).pipe(Effect.provide([management("tenant"), gateway, objects]))
  )

  it.effect("jobs", () =>
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "jobs-"))),
        (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
      )
      const { makeJournal, parse } = Jobs
      const calls = [
        ...callsOf("Jobs", { makeJournal, parse }),
        ...callsOf("Jobs.Shape", yield* makeJournal({ directory, runs: false }))
      ]
      assert.isAbove(calls.length, 11)
      assert.deepStrictEqual(yield* faultsOf(calls), [])
    }).pipe(Effect.scoped, Effect.provide([management("tenant"), gateway, objects]))
  )

  it.effect("a tenant, a namespace or a bucket that is not given is none by default", () =>
    Effect.gen(function* () {
      const calls: ReadonlyArray<Call> = [
        ...callsOf("Tenants.delete", Management.Tenants.delete),
        ...callsOf("Tenants.exists", Management.Tenants.exists),
        ...callsOf("Tenants.ensure", Management.Tenants.ensure),
        ...callsOf("Chargeback.namespace", Management.Chargeback.namespace),
        ...callsOf("Namespaces.delete", Management.Namespaces.delete),
        ...callsOf("Listing.list", S3Package.Listing.list),
        ...callsOf("Bucket.head", S3Package.Bucket.head),
        ...callsOf("S3Object.put", S3Package.S3Object.put),
        ...callsOf("Container.list", SwiftPackage.Container.list),
        ...callsOf("Container.delete", SwiftPackage.Container.delete),
        ...callsOf("SwiftObject.put", SwiftPackage.SwiftObject.put)
      ]
      for (const call of calls) assert.strictEqual(yield* outcomeOf(call, [undefined, "x", "y"]), "refused", call.name)
    }).pipe(Effect.provide([management("tenant"), gateway, objects]))
  )

  it.effect("and says in words what belongs there", () =>
    Effect.gen(function* () {
      const { Namespaces, RetentionClasses } = Management
      const calls: ReadonlyArray<readonly [Call | undefined, ReadonlyArray<unknown>, string]> = [
        [callsOf("", RetentionClasses.create)[0], ["ns1", { name: "a", value: 7 }], "value: is no text; give one"],
        [
          callsOf("", RetentionClasses.create)[0],
          ["ns1", { name: "a", value: "A+7y", allowDisposition: "no" }],
          "allowDisposition: is neither true nor false; give one of them"
        ],
        [
          callsOf("", Namespaces.create)[0],
          [{ name: "a", hardQuota: "50 GB" }],
          'hardQuota: is not what belongs here; give a Quota, e.g. Quota.gb(50) or Quota.parse("50 GB")'
        ],
        [callsOf("", Namespaces.create)[0], [{ name: "a", softQuota: "85%" }], "softQuota: is no number; give one"],
        [callsOf("", Namespaces.create)[0], [{ name: "a", tags: "x" }], "tags: is no list; give an array"],
        [callsOf("", Namespaces.create)[0], [undefined], "input: is undefined; give an object, e.g. { name: ... }"]
      ]
      for (const [call, args, message] of calls) {
        const given = call?.run(...args)
        assert(isMade(given))
        const error = yield* Effect.flip(given)
        assert(HcpError.isHcpError(error))
        assert.include(error.message, message)
      }
    }).pipe(Effect.scoped, Effect.provide([management("tenant"), gateway, objects]))
  )
})
