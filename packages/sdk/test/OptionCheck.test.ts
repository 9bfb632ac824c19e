import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import * as OptionCheck from "../src/OptionCheck.ts"

const kinds: OptionCheck.Kinds = {
  name: "text",
  size: "count",
  limit: "positive",
  patience: "duration",
  isFast: "flag",
  password: { either: ["text", "secret"] },
  headers: "pairs",
  tls: { either: [{ oneOf: [false] }, { fields: { caFile: "text", verifyChainOnly: "flag" } }] },
  rate: { fields: { perSecond: "number" }, required: ["perSecond"] },
  mode: { oneOf: ["fast", "slow"] },
  places: { list: "text" }
}

const said = (given: unknown) => OptionCheck.problemOf(given, kinds)?.message

describe("options that are right", () => {
  const right: ReadonlyArray<object | undefined> = [
    undefined,
    {},
    { name: undefined, unheardOf: undefined },
    { name: "", size: 0, limit: 1, isFast: false, mode: "slow", places: [] },
    { patience: "5 seconds" },
    { patience: 0 },
    { patience: { minutes: 1 } },
    { password: "x" },
    { password: Redacted.make("x") },
    { headers: { "X-A": "1", "X-B": undefined } },
    { headers: [["X-A", "1"]] },
    { tls: false },
    { tls: { caFile: "ca.pem" } },
    { rate: { perSecond: 1.5 } },
    Object.assign(Object.create(null), { name: "a" })
  ]
  for (const given of right) {
    it(JSON.stringify(given) ?? "none", () => assert.isUndefined(said(given)))
  }
})

describe("options that are wrong say which, what it is, and what to give", () => {
  const wrong: ReadonlyArray<readonly [given: unknown, message: string]> = [
    [{ tls: { cafile: "ca.pem" } }, 'tls.cafile: there is no such option; did you mean "caFile"?'],
    [{ caFile: "ca.pem" }, 'caFile: there is no such option; did you mean "tls.caFile"?'],
    [{ Name: "a" }, 'Name: there is no such option; did you mean "name"?'],
    [{ nmae: "a" }, 'nmae: there is no such option; did you mean "name"?'],
    [{ pass: "hunter2" }, 'pass: there is no such option; did you mean "password"?'],
    [
      { colour: "red" },
      "colour: there is no such option; there are headers, isFast, limit, mode, name, password, patience, places, rate, size, tls"
    ],
    [{ tls: { colour: 1 } }, "tls.colour: there is no such option; in tls there are caFile, verifyChainOnly"],
    [{ constructor: 1 }, /^constructor: there is no such option/.source],
    [JSON.parse('{ "__proto__": { "a": 1 } }'), /^__proto__: there is no such option/.source],
    [{ name: 5 }, "name: is 5; give a text"],
    [{ name: null }, "name: is null; give a text"],
    [{ size: "7" }, 'size: is "7"; give a whole number, 0 or more'],
    [{ size: -1 }, "size: is -1; give a whole number, 0 or more"],
    [{ limit: 0 }, "limit: is 0; give a whole number, 1 or more"],
    [{ limit: Number.NaN }, "limit: is NaN; give a whole number, 1 or more"],
    [{ isFast: "true" }, 'isFast: is "true"; give true or false'],
    [
      { patience: "5 sconds" },
      'patience: is "5 sconds"; give a time such as "5 seconds", Duration.minutes(2), or milliseconds'
    ],
    [{ patience: -1 }, 'patience: is -1; give a time such as "5 seconds", Duration.minutes(2), or milliseconds'],
    [{ headers: { "X-A": 1 } }, "headers: is an object; give { name: text } or [[name, text]]"],
    // They have no names of their own, and nothing of them would be sent.
    [{ headers: new Map([["X-A", "1"]]) }, "headers: is a Map; give { name: text } or [[name, text]]"],
    [{ headers: Object.assign([], { 1: ["X-A", "1"] }) }, "headers: is a list; give { name: text } or [[name, text]]"],
    [new Map([["name", "a"]]), "options: is a Map; give an object, e.g. { name: ... }"],
    [{ tls: true }, "tls: is true; give false or an object, e.g. { caFile: ... }"],
    [{ rate: {} }, "rate.perSecond: is missing; give a number"],
    [{ rate: 5 }, "rate: is 5; give an object, e.g. { perSecond: ... }"],
    [{ mode: "medium" }, 'mode: is "medium"; give "fast" or "slow"'],
    [{ places: "a" }, 'places: is "a"; give a list, each of it a text'],
    [{ places: ["a", 1] }, "places[1]: is 1; give a text"],
    ["name", "options: is a text; give an object, e.g. { name: ... }"],
    [Promise.resolve({ name: "a" }), "options: is a promise; give an object, e.g. { name: ... }"],
    [null, "options: is null; give an object, e.g. { name: ... }"]
  ]
  for (const [given, message] of wrong) {
    it(message.slice(0, 60), () =>
      message.startsWith("^")
        ? assert.match(said(given) ?? "", new RegExp(message))
        : assert.strictEqual(said(given), message)
    )
  }

  it("a value that may be a secret is never shown", () => {
    for (const given of [{ password: 31337 }, { password: ["31337"] }, { password: { secret: "31337" } }]) {
      const message = said(given) ?? ""
      assert.match(message, /^password: is a/)
      assert.notInclude(message, "31337")
    }
  })

  it("a secret in place of the object that it belongs into is not shown", () => {
    const user: OptionCheck.Kinds = { username: "text", password: { either: ["text", "secret"] } }
    const within = { credentials: { either: [{ oneOf: ["anonymous"] }, { fields: user }] } } satisfies OptionCheck.Kinds
    for (const message of [
      OptionCheck.problemOf("31337", user)?.message,
      OptionCheck.problemOf({ credentials: "31337" }, within)?.message,
      OptionCheck.problemOf({ user: "31337" }, { user: { fields: user } })?.message
    ]) {
      assert.match(message ?? "", /: is a text; give/)
      assert.notInclude(message, "31337")
    }
  })

  it("a hidden value is never shown, in a list or among others either", () => {
    const user: OptionCheck.Kind = { either: [{ hidden: "text" }, { fields: { password: { hidden: "text" } } }] }
    const hidden: OptionCheck.Kinds = { token: { hidden: "count" }, users: { list: user } }
    for (const [given, message] of [
      [{ token: "31337" }, "token: is a text; give a whole number, 0 or more"],
      [{ users: "n:31337" }, "users: is a text; give a list, each of it a text or an object"],
      [{ users: [31337] }, "users[0]: is a number; give a text or an object"],
      [{ users: [{ password: 31337 }] }, "users[0].password: is a number; give a text"]
    ] as const) {
      const found = OptionCheck.problemOf(given, hidden)?.message ?? ""
      assert.include(found, message)
      assert.notInclude(found, "31337")
    }
  })

  it("a value is named shortly, by what it is", () => {
    const named: ReadonlyArray<readonly [unknown, string]> = [
      ["x".repeat(200), `"${"x".repeat(60)}..."`],
      [() => 1, "a function"],
      [Effect.void, "an Effect"],
      [Promise.resolve(), "a promise"],
      [new Map(), "a Map"],
      [Redacted.make("x"), "a Redacted"],
      [{ _tag: "From" }, "an object of the tag From"],
      [10n, "a bigint"],
      [Object.create(null), "an object"]
    ]
    for (const [value, text] of named) assert.strictEqual(OptionCheck.shown(value), text)
    assert.include(OptionCheck.shown(Stream.empty), "object")
  })

  it.effect("what is required is missed also where there are no options", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        OptionCheck.check(undefined, kinds, { operation: "configure", required: ["name"] })
      )
      assert.include(error.message, "configure: options: is undefined; give an object")
      const absent = yield* Effect.flip(OptionCheck.check({}, kinds, { operation: "configure", required: ["name"] }))
      assert.include(absent.message, "configure: name: is missing; give a text")
    })
  )
})
