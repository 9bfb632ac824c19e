import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Yaml from "effect/encoding/Yaml"
import * as DesiredState from "../../src/mapi/DesiredState.ts"
import * as yaml from "../../src/mapi/internal/state/yaml.ts"
import { large } from "./desired.ts"

const problemOf = (text: string): string => {
  const state = DesiredState.parse(text)
  return Result.isFailure(state) ? `${state.failure.field} ${state.failure.detail}` : "none"
}

const inTenant = (rest: string) => `tenants:\n  - name: a\n${rest.replace(/^/gm, "    ")}\n`
const inNamespace = (rest: string) => inTenant(`namespaces:\n  - name: n\n${rest.replace(/^/gm, "    ")}`)

describe("a document of desired state", () => {
  it("that is wrong says where and why, and shows no secret", () => {
    const broken: ReadonlyArray<readonly [text: string, problem: string | RegExp]> = [
      ["tenants: [", /^document is neither YAML nor JSON/],
      ['{"tenants": [}', /^document is neither YAML nor JSON/],
      ["tenants:\n\t- name: a", /^document is neither YAML nor JSON/],
      ["", /^input is /],
      ["- name: a", /^input is|^tenants/],
      ["{}", "tenants is missing; HCP needs it here"],
      ["tenants: 1", "tenants is no list; give an array"],
      ["tenants: []\nversion: 1", /^version cannot be set/],
      ["tenents: []", /^tenents .*did you mean "tenants"/],
      ["tenants:\n  - hardQuota: 1 TB", "tenants.0.name is missing; HCP needs it here"],
      [inTenant("hardQuota: much"), /^tenants\.a\.hardQuota "much" is no quota/],
      [inTenant("hardQuota: 100"), "tenants.a.hardQuota is no text; give one"],
      [inTenant("softQuota: 101"), "tenants.a.softQuota is 101, HCP takes a whole number from 0 to 100"],
      [inTenant("softQuota: '90'"), "tenants.a.softQuota is no number; give one"],
      [inTenant("searchConfigurationEnabled: yes"), /searchConfigurationEnabled is neither true nor false/],
      [
        inTenant("authenticationTypes: [LOCAL, KERBEROS]"),
        /authenticationTypes\.1 must be one of LOCAL, RADIUS, EXTERNAL/
      ],
      [inTenant("tags: ['a,b']"), /tags\.0 holds a comma/],
      ["tenants:\n  - name: a\n  - name: A", "tenants.A is there twice"],
      ["tenants:\n  - name: Default", /^tenants\.Default is the default tenant/],
      [
        inTenant("users:\n  - { username: u, password: canary-clear }"),
        /^tenants\.a\.users\.u\.password is a secret in the clear/
      ],
      [
        inTenant("users:\n  - { username: u, password: { env: A, file: b } }"),
        /password\.env or file or command must be given/
      ],
      [inTenant("users:\n  - { username: u, password: {} }"), /password\.env or file or command must be given/],
      [inTenant("users:\n  - { username: u, roles: [KING] }"), /users\.u\.roles\.0 must be one of/],
      [inTenant("users:\n  - { username: u }\n  - { username: U }"), "tenants.a.users.U is there twice"],
      [inTenant("users:\n  - { username: '[u' }"), /must not begin with/],
      [inNamespace("versioning: { enabled: true }"), /namespaces\.n\.versioning\.prune is missing/],
      [inNamespace("versioning: { enabled: true, prune: true }"), /versioning\.pruneDays is missing/],
      [inNamespace("compliance: { minimumRetentionAfterInitialUnspecified: soon }"), /is no offset/],
      [inNamespace("collisions: { deleteEnabled: true }"), /deleteDays is missing/],
      [
        inNamespace("protocols: { http: { webdavBasicAuthPassword: canary-clear } }"),
        /webdavBasicAuthPassword cannot be set/
      ],
      [inNamespace("retentionClasses: [{ name: a b }]"), /must be letters, digits, - and _/],
      [inNamespace("retentionClasses: [{ name: x, value: '10 years' }]"), /must be 0, -1, -2 or an offset/],
      [inNamespace("cors: [{ allowedOrigins: [], allowedMethods: [GET] }]"), /allowedOrigins is empty/],
      [inNamespace("cors: [{ allowedOrigins: ['*'] }]"), /allowedMethods is missing/],
      [inNamespace("hashScheme: SHA-3"), /hashScheme must be one of/],
      [inNamespace("id: 1"), /namespaces\.n\.id cannot be set/],
      ["tenants:\n  - name: a\n    namespaces:\n      - name: xn--n", /must be letters, digits and hyphens/]
    ]
    for (const [text, problem] of broken) {
      const found = problemOf(text)
      if (typeof problem === "string") assert.strictEqual(found, problem, text)
      else assert.match(found, problem, text)
      assert.notInclude(found, "canary")
    }
  })

  it("is the same after it was written and read, as YAML and as JSON", () => {
    const state = Result.getOrThrow(DesiredState.parse(large()))
    for (const format of ["yaml", "json"] as const) {
      const text = DesiredState.print(state, format)
      const again = Result.getOrThrow(DesiredState.parse(text))
      assert.strictEqual(DesiredState.print(again, format), text)
      assert.deepStrictEqual(DesiredState.encode(again), DesiredState.encode(state))
    }
  })

  it.prop(
    "holds any text: what is written as YAML is read back",
    [Schema.Record(Schema.Literals(["a", "tags", "no"]), Schema.Union([Schema.String, Schema.Array(Schema.String)]))],
    ([record]) => {
      assert.deepStrictEqual(Yaml.parse(yaml.print(record)), record)
    }
  )

  it("holds texts that look like something else", () => {
    const texts = [
      "",
      " ",
      "yes",
      "No",
      "null",
      "~",
      "1",
      "-1",
      "1e3",
      "0x1",
      "true",
      "a: b",
      "a #b",
      "- a",
      "{a}",
      "[a]"
    ]
    const more = [
      "a\nb",
      "'a'",
      '"a"',
      "\ta",
      "&a",
      "*a",
      "!a",
      "|",
      ">",
      "%a",
      "@a",
      "a,b",
      "ü ö",
      "\u2028",
      "a ",
      "a:"
    ]
    const record = {
      scalars: [...texts, ...more],
      records: [...texts, ...more].map((text) => ({ name: text, list: [text] }))
    }
    assert.deepStrictEqual(Yaml.parse(yaml.print(record)), record)
  })

  it("has a JSON Schema that knows names, limits and choices", () => {
    const schema = JSON.stringify(DesiredState.jsonSchema())
    for (const part of ['"softQuota":{', '"maximum":100', '"SHA-256"', '"additionalProperties":false', '"command":{']) {
      assert.include(schema, part)
    }
    assert.notInclude(schema, "webdavBasicAuthPassword")
  })
})
