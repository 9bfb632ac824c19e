import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Sink, Stream } from "effect"
import type { HcpError } from "../../src/HcpError.ts"
import * as Chargeback from "../../src/mapi/Chargeback.ts"
import * as ContentClasses from "../../src/mapi/ContentClasses.ts"
import * as ErasureCoding from "../../src/mapi/ErasureCoding.ts"
import * as Groups from "../../src/mapi/Groups.ts"
import * as HealthCheck from "../../src/mapi/HealthCheck.ts"
import * as Logs from "../../src/mapi/Logs.ts"
import type { Mapi } from "../../src/mapi/Mapi.ts"
import * as Namespaces from "../../src/mapi/Namespaces.ts"
import * as Package from "../../src/mapi/Package.ts"
import * as Protocols from "../../src/mapi/Protocols.ts"
import * as Quota from "../../src/mapi/Quota.ts"
import * as Replication from "../../src/mapi/Replication.ts"
import * as RetentionClasses from "../../src/mapi/RetentionClasses.ts"
import * as System from "../../src/mapi/System.ts"
import * as Tenants from "../../src/mapi/Tenants.ts"
import * as Users from "../../src/mapi/Users.ts"
import { over } from "./script.ts"

/** As a program in JavaScript gives it: the compiler looks away. */
const js = (value: unknown) => value as never

type Call = (options: never) => Effect.Effect<unknown, { readonly message: string } | HcpError, Mapi>

const password = Redacted.make("Start-12345")
const user = { username: "u", fullName: "U", password }
const rules = [{ allowedOrigins: ["*"], allowedMethods: ["GET"] }] as const
const download = { fileName: "a.zip", contentType: undefined, stream: Stream.empty }

const inTenant: Readonly<Record<string, Call>> = {
  "Tenants.get": (options) => Tenants.get(options),
  "Tenants.modify": (options) => Tenants.modify({}, options),
  "Tenants.statistics": (options) => Tenants.statistics(options),
  "Tenants.contactInfo.get": (options) => Tenants.contactInfo.get(options),
  "Tenants.contactInfo.modify": (options) => Tenants.contactInfo.modify({}, options),
  "Tenants.permissions.get": (options) => Tenants.permissions.get(options),
  "Tenants.permissions.modify": (options) => Tenants.permissions.modify([], options),
  "Tenants.cors.get": (options) => Tenants.cors.get(options),
  "Tenants.cors.find": (options) => Tenants.cors.find(options),
  "Tenants.cors.modify": (options) => Tenants.cors.modify(rules, options),
  "Tenants.cors.delete": (options) => Tenants.cors.delete(options),
  "Tenants.servicePlans.list": (options) => Stream.runDrain(Tenants.servicePlans.list(options)),
  "Tenants.servicePlans.get": (options) => Tenants.servicePlans.get("p", options),
  "Namespaces.list": (options) => Stream.runDrain(Namespaces.list(options)),
  "Namespaces.get": (options) => Namespaces.get("n", options),
  "Namespaces.exists": (options) => Namespaces.exists("n", options),
  "Namespaces.create": (options) => Namespaces.create({ name: "n" }, options),
  "Namespaces.modify": (options) => Namespaces.modify("n", {}, options),
  "Namespaces.ensure": (options) => Namespaces.ensure({ name: "n" }, options),
  "Namespaces.delete": (options) => Namespaces.delete("n", options),
  "Namespaces.resetIndexing": (options) => Namespaces.resetIndexing("n", "0", options),
  "Namespaces.statistics": (options) => Namespaces.statistics("n", options),
  "Namespaces.versioning.get": (options) => Namespaces.versioning.get("n", options),
  "Namespaces.versioning.modify": (options) => Namespaces.versioning.modify("n", { enabled: true }, options),
  "Namespaces.versioning.delete": (options) => Namespaces.versioning.delete("n", options),
  "Namespaces.permissions.get": (options) => Namespaces.permissions.get("n", options),
  "Namespaces.permissions.modify": (options) => Namespaces.permissions.modify("n", [], options),
  "Namespaces.cors.get": (options) => Namespaces.cors.get("n", options),
  "Namespaces.cors.find": (options) => Namespaces.cors.find("n", options),
  "Namespaces.cors.modify": (options) => Namespaces.cors.modify("n", rules, options),
  "Namespaces.cors.delete": (options) => Namespaces.cors.delete("n", options),
  "Protocols.http.get": (options) => Protocols.http.get("n", options),
  "Protocols.http.modify": (options) => Protocols.http.modify("n", {}, options),
  "Users.list": (options) => Stream.runDrain(Users.list(options)),
  "Users.get": (options) => Users.get("u", options),
  "Users.exists": (options) => Users.exists("u", options),
  "Users.create": (options) => Users.create(user, options),
  "Users.modify": (options) => Users.modify("u", { password }, options),
  "Users.ensure": (options) => Users.ensure(user, options),
  "Users.delete": (options) => Users.delete("u", options),
  "Users.modifyPassword": (options) => Users.modifyPassword("u", password, options),
  "Users.resetPasswords": (options) => Users.resetPasswords(password, options),
  "Users.dataAccess.get": (options) => Users.dataAccess.get("u", options),
  "Users.dataAccess.modify": (options) => Users.dataAccess.modify("u", [], options),
  "Groups.list": (options) => Stream.runDrain(Groups.list(options)),
  "Groups.get": (options) => Groups.get("g", options),
  "Groups.exists": (options) => Groups.exists("g", options),
  "Groups.create": (options) => Groups.create({ groupname: "g" }, options),
  "Groups.modify": (options) => Groups.modify("g", {}, options),
  "Groups.delete": (options) => Groups.delete("g", options),
  "Groups.dataAccess.modify": (options) => Groups.dataAccess.modify("g", [], options),
  "ContentClasses.list": (options) => Stream.runDrain(ContentClasses.list(options)),
  "ContentClasses.get": (options) => ContentClasses.get("c", options),
  "ContentClasses.create": (options) => ContentClasses.create({ name: "c" }, options),
  "ContentClasses.delete": (options) => ContentClasses.delete("c", options),
  "RetentionClasses.list": (options) => Stream.runDrain(RetentionClasses.list("n", options)),
  "RetentionClasses.get": (options) => RetentionClasses.get("n", "r", options),
  "RetentionClasses.create": (options) => RetentionClasses.create("n", { name: "r", value: "0" }, options),
  "RetentionClasses.delete": (options) => RetentionClasses.delete("n", "r", options),
  "Chargeback.tenant": (options) => Stream.runDrain(Chargeback.tenant(options)),
  "Chargeback.namespaceText": (options) => Stream.runDrain(Chargeback.namespaceText("n", options))
}

const others: Readonly<Record<string, Call>> = {
  "Tenants.list": (options) => Stream.runDrain(Tenants.list(options)),
  "Replication.settings.get": (options) => Replication.settings.get(options),
  "Replication.links.get": (options) => Replication.links.get("l", options),
  "Replication.watchLink": (options) => Stream.runDrain(Replication.watchLink("l", options)),
  "Replication.awaitLinkState": (options) => Replication.awaitLinkState("l", () => true, options),
  "ErasureCoding.get": (options) => ErasureCoding.get("t", options),
  "ErasureCoding.delete": (options) => ErasureCoding.delete("t", options),
  "ErasureCoding.tenants.candidates": (options) => ErasureCoding.tenants.candidates("t", options),
  "System.licenses": (options) => System.licenses(options),
  "Logs.prepare": (options) => Logs.prepare(options),
  "Logs.download": (options) => Effect.scoped(Logs.download(options)),
  "Logs.collect": (options) => Effect.scoped(Logs.collect(options)),
  "HealthCheck.prepare": (options) => HealthCheck.prepare(options),
  "HealthCheck.download": (options) => Effect.scoped(HealthCheck.download(options)),
  "HealthCheck.collect": (options) => Effect.scoped(HealthCheck.collect(options)),
  "Package.save": (options) => Package.save(download, "/nowhere/a.zip", options),
  "Package.saveTo": (options) => Package.saveTo(download, Sink.drain, options)
}

/** What a call comes to for which nothing may be sent. */
const told = (call: Effect.Effect<unknown, { readonly message: string } | HcpError, Mapi>) =>
  Effect.map(over([], Effect.flip(call)), ({ sent, value }) => {
    assert.lengthOf(sent, 0)
    return value.message
  })

describe("an option that there is not, or a value of another kind", () => {
  for (const [name, call] of Object.entries({ ...inTenant, ...others })) {
    it.effect(`is refused by ${name} before anything is sent`, () =>
      Effect.gen(function* () {
        assert.match(yield* told(call(js({ unheardOf: 1 }))), /unheardOf: there is no such option/)
        assert.match(yield* told(call(js("finance"))), /options: is "finance"; give an object/)
        if (!(name in inTenant)) return
        assert.match(yield* told(call(js({ tennant: "finance" }))), /tennant: .*did you mean "tenant"\?/)
        assert.match(yield* told(call(js({ tenant: 5 }))), /tenant: is 5; give a text/)
      })
    )
  }

  it.effect("is told with what was meant", () =>
    Effect.gen(function* () {
      const pages = Stream.runDrain(Namespaces.list(js({ pagesize: 5 })))
      assert.include(yield* told(pages), 'pagesize: there is no such option; did you mean "pageSize"?')
      assert.include(
        yield* told(Stream.runDrain(Tenants.list(js({ order: "up" })))),
        'order: is "up"; give "ascending"'
      )
      assert.include(yield* told(Namespaces.exists("n", js({ verbose: true }))), "verbose: there is no such option")
      assert.include(
        yield* told(Namespaces.modify("n", js({ hardQouta: Quota.gb(1) }))),
        'hardQouta: cannot be set by this call; leave it out; or did you mean "hardQuota"?'
      )
      assert.include(
        yield* told(Protocols.http.modify("n", js({ ipSettings: { allowAddress: [] } }))),
        'ipSettings.allowAddress: cannot be set by this call; leave it out; or did you mean "allowAddresses"?'
      )
    })
  )
})
