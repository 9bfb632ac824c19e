import { createHash } from "node:crypto"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule, Stream } from "effect"
import * as Credentials from "../src/Credentials.ts"
import type { HcpError } from "../src/HcpError.ts"
import { plain } from "../src/internal/xml/plainAnswer.ts"
import * as Mapi from "../src/mapi/Mapi.ts"
import * as Users from "../src/mapi/Users.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import { over } from "./mapi/script.ts"
import { always, answer, lost, makeClient, type Step, script } from "./utils/ScriptedNodes.ts"

const password = "p&ss w0rd"
const token = "bXl1c2Vy:3f3c6d78206260cce22d7ac7cd0f7c2f"
const [, hash = ""] = token.split(":")

/** How a refusal may quote a text. */
const forms = (text: string): ReadonlyArray<string> => [
  text,
  encodeURIComponent(text),
  new URLSearchParams({ a: text }).toString().slice(2),
  Buffer.from(text).toString("base64")
]

const quoting = (status: number, quoted: string): Step =>
  answer(status, {
    "X-HCP-ErrorMessage": `cannot do it: ${quoted}`,
    Location: `/mapi/elsewhere/${encodeURIComponent(quoted)}`,
    "X-RequestId": "1"
  })

/** Every way in which an error is shown. */
const shown = (error: HcpError): string =>
  [
    error.message,
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error.reason),
    inspect(error.reason.cause),
    error.stack
  ].join("\n")

const assertHidden = (error: HcpError, secrets: ReadonlyArray<string>, where: string) => {
  const text = shown(error)
  for (const secret of secrets) {
    for (const form of forms(secret)) assert.isFalse(text.includes(form), `${where} shows ${form}`)
  }
}

const statuses = [302, 400, 401, 403, 404, 405, 409, 410, 412, 413, 416, 429, 500, 503]

const withToken = Layer.succeed(Credentials.Credentials, {
  headers: Effect.succeed<Credentials.CredentialHeaders>([["Authorization", Redacted.make(`HCP ${token}`)]]),
  refresh: Effect.succeed(false),
  requiresTls: false,
  label: "a token"
})

const once = { retry: RetryPolicy.never }

const clientOver = (step: Step) => makeClient(script(step), { credentials: withToken, ...once })

describe("an answer that quotes the request", () => {
  it.effect(
    "shows no password of a parameter, whatever its status and the method of the management API (row 149)",
    () =>
      Effect.gen(function* () {
        for (const status of statuses) {
          for (const method of ["GET", "PUT", "POST", "DELETE"] as const) {
            const call = Effect.flatMap(Mapi.Mapi, (mapi) =>
              mapi.call({ method, path: "/tenants/finance/userAccounts", query: { password } })
            )
            const quoted = forms(password).join(", ")
            const { value } = yield* over([quoting(status, quoted)], Effect.flip(call), {}, once)
            assertHidden(value, [password], `${method} ${status}`)
            if (status !== 302) assert.include(value.message, "cannot do it: <redacted>, <redacted>", `${status}`)
          }
        }
      })
  )

  it.effect("shows no token of the credentials, and none of the request's own headers (row 149)", () =>
    Effect.gen(function* () {
      for (const status of statuses) {
        const quoted = [...forms(token), ...forms(hash), ...forms("my-own-token")].join(", ")
        const client = yield* clientOver(quoting(status, quoted))
        const error = yield* Effect.flip(client.get("/rest/a", { headers: { "X-Amz-Security-Token": "my-own-token" } }))
        assertHidden(error, [token, hash, "my-own-token"], String(status))
        if (status !== 302) assert.include(error.message, "cannot do it: <redacted>")
      }
    })
  )

  it.effect("shows none where it is a success that cannot be read, whichever gateway asks (row 149)", () =>
    Effect.gen(function* () {
      // No form of these is found by how it looks: they are short, and words beside them do not say what they are.
      const secret = "abc/d"
      const header = { "X-Amz-Security-Token": secret }
      for (const form of [...forms(secret), createHash("md5").update(secret).digest("hex")]) {
        for (const document of [`${form} <a`, `<${form}>`, `<a>&${form};</a>`, `<!DOCTYPE ${form}>`]) {
          const step = answer(200, { "Content-Type": "application/xml" }, `<?xml version="1.0"?>${document}`)
          const client = yield* makeClient(always(step), { credentials: withToken, ...once })
          const ns = Namespace.make(client, { namespace: "n1", tenant: "t1" })
          const options = { headers: header }
          const calls = [
            Effect.asVoid(ns.info.statistics(options)),
            Effect.asVoid(ns.acl.get("/a", options)),
            Stream.runDrain(ns.annotations.list("/a", options)),
            Stream.runDrain(ns.list("/a/", options)),
            Stream.runDrain(ns.versions("/a", options))
          ]
          for (const [at, call] of calls.entries()) {
            const error = yield* Effect.flip(call)
            assert.oneOf(error.reason._tag, ["InvalidXml", "UnexpectedAnswer"])
            assertHidden(error, [secret, form], `${at} ${document}`)
          }
          const query = { token: secret }
          const reading = Effect.flatMap(Mapi.Mapi, (mapi) =>
            Effect.flatMap(mapi.call({ method: "GET", path: "/network", query }), (reply) =>
              plain(reply, { operation: "GET", path: "/mapi/network" })
            )
          )
          const { value } = yield* over([step], Effect.flip(reading), {}, once)
          assert.strictEqual(value.reason._tag, "InvalidXml", document)
          assertHidden(value, [secret, form], document)
        }
      }
    })
  )

  it.effect("shows no secret of a body that the management API refuses (row 149)", () =>
    Effect.gen(function* () {
      const secret = "Start-12345"
      const change = Users.modifyPassword("app", Redacted.make(secret))
      for (const status of statuses) {
        const { value } = yield* over([quoting(status, forms(secret).join(", "))], Effect.flip(change), {}, once)
        assertHidden(value, [secret], String(status))
      }
    })
  )

  it.effect("shows none in the attempts before, and none of the signature of a single attempt", () =>
    Effect.gen(function* () {
      let attempt = 0
      const signed = Layer.succeed(Credentials.Credentials, {
        headers: Effect.succeed([]),
        refresh: Effect.succeed(false),
        requiresTls: false,
        label: "signatures",
        sign: () =>
          Effect.sync(
            (): Credentials.CredentialHeaders => [
              ["Authorization", Redacted.make(`AWS key:signature-number-${++attempt}`)]
            ]
          )
      })
      const nodes = script(
        quoting(503, "signature-number-1"),
        lost,
        quoting(404, "signature-number-3, but signature-number-1 was another")
      )
      const retry = RetryPolicy.make({ delay: Schedule.recurs(9) })
      const client = yield* makeClient(nodes, { credentials: signed, retry })
      const error = yield* Effect.flip(client.get("/rest/a"))
      const [first] = error.failedAttempts
      assert.include(first?.failure, "HCP says: cannot do it: <redacted>")
      assert.include(error.message, "cannot do it: <redacted>, but")
    })
  )

  it.effect("is blanked before it is cut, so that no part of a secret is left at the end", () =>
    Effect.gen(function* () {
      const filled = "x".repeat(470)
      const client = yield* clientOver(quoting(400, `${filled} ${token}`))
      const error = yield* Effect.flip(client.get("/rest/a"))
      assert.notInclude(shown(error), token.slice(0, 6))
    })
  )

  it.effect("is handed over as it came where it quotes nothing", () =>
    Effect.gen(function* () {
      const client = yield* clientOver(quoting(404, "no such object"))
      const reply = yield* client.call({ method: "GET", path: "/rest/a" })
      assert.strictEqual(reply.headers.get("x-hcp-errormessage"), "cannot do it: no such object")
    })
  )
})
