import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { redactor, redactorOf, secretsOf } from "../src/Redactor.ts"

const md5 = (text: string, encoding: "hex" | "base64") => createHash("md5").update(text).digest(encoding)
const base64 = (text: string) => Buffer.from(text).toString("base64")
const bytes = (text: string) => Array.from(Buffer.from(text))

/** How a server may write a text of ours. */
const quotations: ReadonlyArray<readonly [name: string, write: (secret: string) => string]> = [
  ["plain", (secret) => secret],
  ["for a URL", encodeURIComponent],
  ["for a URL, as a form does", (secret) => new URLSearchParams({ a: secret }).toString().slice(2)],
  [
    "for a URL, every byte, in small letters",
    (secret) =>
      bytes(secret)
        .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
        .join("")
  ],
  ["for a URL, twice", (secret) => encodeURIComponent(encodeURIComponent(secret))],
  [
    "in XML",
    (secret) =>
      secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")
  ],
  ["in XML, by numbers", (secret) => Array.from(secret, (each) => `&#${each.codePointAt(0)};`).join("")],
  ["in JSON", (secret) => JSON.stringify(secret).slice(1, -1)],
  [
    "in JSON, by numbers",
    (secret) =>
      Array.from(
        { length: secret.length },
        (_, at) => `\\u${secret.charCodeAt(at).toString(16).padStart(4, "0").toUpperCase()}`
      ).join("")
  ],
  ["as Latin-1", (secret) => Buffer.from(secret).toString("latin1")],
  ["in Base64", base64],
  ["in Base64 for a URL", (secret) => Buffer.from(secret).toString("base64url")],
  ["in Base64 in a URL", (secret) => encodeURIComponent(base64(secret))],
  ["as MD5", (secret) => md5(secret, "hex")],
  ["as MD5 in capital letters", (secret) => md5(secret, "hex").toUpperCase()],
  ["as MD5 in Base64", (secret) => md5(secret, "base64")]
]

describe("a text that quotes a secret", () => {
  it("shows none of it, in whatever form, and all else as it was", () => {
    for (const secret of [
      "pa55 w+rd",
      "start123",
      "q\"<&>'\\/%25",
      "grüße",
      "密码密码",
      "🔑🔒🔓🗝",
      "a.b*c(d)",
      "%%%%",
      "....",
      "----"
    ]) {
      const redact = redactor(() => [secret])
      for (const [name, write] of quotations) {
        const quoted = write(secret)
        assert.strictEqual(
          redact(`Refused [${quoted}] here, ${quoted}; again.`),
          "Refused [<redacted>] here, <redacted>; again.",
          `${name}: ${quoted}`
        )
      }
    }
  })

  it("shows none of a password within the Base64 of more", () => {
    const redact = redactor(() => ["start123"])
    for (const user of ["", "a", "ab", "abc", "lgreen"]) {
      const blob = base64(`${user}:start123 and more`)
      const [, left = ""] = /^(.*)<redacted>/.exec(redact(blob)) ?? []
      assert.notInclude(Buffer.from(left, "base64").toString(), "start")
      assert.include(redact(blob), "<redacted>")
    }
  })

  it("shows a short one only where it is no value", () => {
    const redact = redactor(() => ["ab", ":)"])
    const table = [
      ["about abba: tab", "about abba: tab"],
      ["/users?password=ab&about=abc", "/users?password=<redacted>&about=abc"],
      ["X-Auth-Token: ab", "X-Auth-Token: <redacted>"],
      ['{"password": "ab", "about": "abc"}', '{"password": "<redacted>", "about": "abc"}'],
      ["<newPassword>ab</newPassword><Key>ab</Key>", "<newPassword><redacted></newPassword><Key>ab</Key>"],
      ["password=ab.", "password=<redacted>."],
      ["password=%61b", "password=<redacted>"],
      ["password=%3A%29", "password=<redacted>"],
      [`password=${base64("ab")}`, "password=<redacted>"],
      [`it hashes to ${md5("ab", "hex")}`, "it hashes to <redacted>"]
    ] as const
    for (const [text, expected] of table) assert.strictEqual(redact(text), expected)
  })

  it("stays as it is where there is no secret", () => {
    for (const secrets of [[], [""]])
      assert.strictEqual(redactor(() => secrets)("nothing: \u0000 =\n"), "nothing: \u0000 =\n")
  })

  it("takes the longer of two that begin in the same place", () => {
    assert.strictEqual(redactor(() => ["abcd", "abcdef", "abcde"])("x abcdef y"), "x <redacted> y")
  })

  it("takes no time, however long it is and whatever it repeats", () => {
    const redact = redactor(() => ["%25%25%25%25%25%25", "&&&&&&&&", "\\\\\\\\\\\\", "ab"])
    const begun = process.threadCpuUsage()
    for (const piece of ["%25", "&amp;", "\\", "%", "=", "<pass", "&#00"])
      redact(piece.repeat((64 * 1024) / piece.length))
    const { system, user } = process.threadCpuUsage(begun)
    assert.isBelow((system + user) / 1_000, 500)
  })

  const CodePoints = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0x20, maximum: 0x2ffff }))).check(
    Schema.isMinLength(4),
    Schema.isMaxLength(12)
  )

  it.effect.prop("shows nothing of any secret, and changes nothing beside it", [CodePoints], ([codes]) =>
    Effect.sync(() => {
      const secret = String.fromCodePoint(
        ...codes.map((code) => (code >= 0xd800 && code < 0xe000 ? code - 0xd000 : code))
      )
      const redact = redactor(() => [secret])
      for (const [name, write] of quotations) {
        const text = `{${write(secret)}}`
        assert.strictEqual(redact(text), "{<redacted>}", `${name}: ${JSON.stringify(text)}`)
      }
    })
  )
})

describe("the secrets of a request", () => {
  it("are in headers that carry credentials, in parameters named so, and in what is given besides", () => {
    const of = (name: string, value: string) => secretsOf({ headers: [[name, Redacted.make(value)]] })
    assert.deepStrictEqual(of("Authorization", "HCP bGdyZWVu:a3b9c163"), ["bGdyZWVu:a3b9c163", "a3b9c163"])
    assert.deepStrictEqual(of("authorization", "AD joe@example.com:p:w"), ["joe@example.com:p:w", "p:w"])
    assert.deepStrictEqual(of("Authorization", "AWS key:c2ln"), ["key:c2ln", "c2ln"])
    assert.deepStrictEqual(of("Authorization", "AWS all_users:"), [])
    assert.deepStrictEqual(of("Authorization", `Basic ${base64("joe:pw12")}`), [base64("joe:pw12"), "joe:pw12", "pw12"])
    assert.deepStrictEqual(of("Authorization", "Bearer abc"), ["abc"])
    assert.deepStrictEqual(of("Authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0a1b"), [
      "0a1b"
    ])
    assert.deepStrictEqual(of("Cookie", "hcp-ns-auth=u:h; b=c"), ["u:h", "h", "c"])
    assert.deepStrictEqual(of("X-Auth-Token", "keystone"), ["keystone"])
    assert.deepStrictEqual(of("X-HCP-Retention", "A+1y"), [])
    const query = {
      password: "1",
      newPassword: "2",
      "X-Amz-Signature": "3",
      access_token: "4",
      "continuation-token": "5",
      prefix: "6",
      "key-marker": "7",
      secret: undefined
    }
    assert.deepStrictEqual(secretsOf({ query: Object.entries(query), values: ["8", Redacted.make("9"), ""] }), [
      "8",
      "9",
      "1",
      "2",
      "3",
      "4"
    ])
  })

  it("are asked for only when there is a text", () => {
    let asked = 0
    const redact = redactorOf(() => {
      asked++
      return { query: [["password", "start123"]] }
    })
    assert.strictEqual(asked, 0)
    assert.strictEqual(redact("?password=start123"), "?password=<redacted>")
    redact("again")
    assert.strictEqual(asked, 1)
  })
})
