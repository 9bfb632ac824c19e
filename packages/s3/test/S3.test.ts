import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { HcpBody } from "@effect-hcp/sdk"
import * as RetryPolicy from "@effect-hcp/sdk/RetryPolicy"
import * as Transport from "@effect-hcp/sdk/Transport"
import { Config, ConfigProvider, Context, Effect, Exit, Layer, Option, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Acl from "../src/Acl.ts"
import * as BatchDelete from "../src/BatchDelete.ts"
import * as Bucket from "../src/Bucket.ts"
import { signV2 } from "../src/internal/signatureV2.ts"
import { type Pair, payloadHash, unsignedPayload } from "../src/internal/signatureV4.ts"
import * as Listing from "../src/Listing.ts"
import * as S3 from "../src/S3.ts"
import * as S3Credentials from "../src/S3Credentials.ts"
import * as S3Object from "../src/S3Object.ts"
import { signedByLibrary } from "./utils/libraryV4.ts"
import {
  against,
  answer,
  type Call,
  failing,
  layerOf,
  lost,
  md5,
  refusal,
  refusedBy,
  Script,
  tenant,
  user,
  xml
} from "./utils/scripted.ts"

const key = "a b/ü+(1)!'*.txt"
const encoded = "a%20b/%C3%BC%2B%281%29%21%27%2A.txt"

/** The Authorization a server computes from what it received. */
const recomputed = (call: Call, names: ReadonlyArray<string>, hash: string, at: number) => {
  const [path = "", query = ""] = call.target.split("?")
  const headers = names.map((name): Pair => [name, call.header(name) ?? ""])
  const pairs = query
    .split("&")
    .filter((each) => each !== "")
    .map((each): Pair => {
      const [name = "", value = ""] = each.split("=")
      return [decodeURIComponent(name), decodeURIComponent(value)]
    })
  const request = {
    method: call.method,
    host: call.header("host") ?? "",
    path: decodeURIComponent(path),
    query: pairs,
    headers
  }
  const signing = { keys: S3Credentials.keysOf(user), region: "us-east-1", at, payloadHash: hash }
  return Effect.promise(() => signedByLibrary(request, signing))
}

describe("addresses", () => {
  it.effect("path style: the bucket is in the path, and every reserved character is encoded as it is signed", () =>
    Effect.gen(function* () {
      const [, script] = yield* against([answer(200)], S3Object.put("finance", key, HcpBody.text("x")))
      const call = script.only
      assert.strictEqual(call.target, `/finance/${encoded}`)
      assert.strictEqual(call.header("host"), tenant)
      assert.strictEqual(call.header("accept-encoding"), "identity")
      const signature = yield* recomputed(call, ["content-md5"], unsignedPayload, 0)
      assert.strictEqual(call.header("authorization"), signature)
      assert.include(call.header("authorization"), "SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date,")
    })
  )

  it.effect("virtual host style: only the Host names the bucket", () =>
    Effect.gen(function* () {
      const program = Effect.andThen(Acl.object.get("finance", "k"), Stream.runCollect(Bucket.list()))
      const [, script] = yield* against([xml("<AccessControlPolicy/>"), xml("<ListAllMyBucketsResult/>")], program, {
        style: "virtualHost"
      })
      assert.strictEqual(script.call(0).target, "/k?acl")
      assert.strictEqual(script.call(0).header("host"), `finance.${tenant}`)
      assert.strictEqual(
        script.call(0).header("authorization"),
        yield* recomputed(script.call(0), [], unsignedPayload, 0)
      )
      assert.strictEqual(script.call(1).target, "/")
      assert.strictEqual(script.call(1).header("host"), tenant)
    })
  )

  it.effect("Version 2 signs what is sent, and the bucket of the Host", () =>
    Effect.gen(function* () {
      for (const style of ["path", "virtualHost"] as const) {
        const [, script] = yield* against([xml("<AccessControlPolicy/>")], Acl.object.get("finance", key), {
          style,
          credentials: S3Credentials.layerV2(user)
        })
        const signable = {
          method: "GET",
          bucket: "finance",
          encodedPath: `/${encoded}`,
          query: [["acl", ""]],
          headers: []
        } as const
        const expected = new Map(signV2(signable, S3Credentials.keysOf(user), 0))
        assert.strictEqual(script.only.header("authorization"), expected.get("Authorization"))
        assert.strictEqual(script.only.header("date"), expected.get("Date"))
      }
    })
  )

  it.effect("the door of the HCP header is below /hs3", () =>
    Effect.gen(function* () {
      const credentials = S3Credentials.layerHcp(user)
      const program = Effect.andThen(S3Object.head("finance", "k"), Stream.runCollect(Bucket.list()))
      const answers = [answer(200), xml("<ListAllMyBucketsResult/>")]
      const [, script] = yield* against(answers, program, { credentials })
      assert.strictEqual(script.call(0).target, "/hs3/finance/k")
      assert.strictEqual(script.call(0).header("authorization"), "HCP bGdyZWVu:a3b9c163f6c520407ff34cfdb83ca5c6")
      assert.strictEqual(script.call(1).target, "/hs3")
      const [, there] = yield* against([answer(200)], Bucket.head("finance"), { credentials, style: "virtualHost" })
      assert.strictEqual(there.only.target, "/hs3")
    })
  )

  it.effect("nobody has a colon", () =>
    Effect.gen(function* () {
      const [, script] = yield* against([answer(200)], Bucket.head("finance"), {
        credentials: S3Credentials.layerAnonymous
      })
      assert.strictEqual(script.only.header("authorization"), "AWS all_users:")
    })
  )

  it.effect("names that cannot be are refused before anything is sent", () =>
    Effect.gen(function* () {
      for (const bad of ["", ".", "/a", "a//b", "a/../b", "a\0", "x/.directory-metadata/y", "é".repeat(2048)]) {
        const error = yield* failing([], S3Object.head("finance", bad))
        assert.strictEqual(error.reason._tag, "InvalidInput", JSON.stringify(bad))
      }
      for (const bad of ["", "-a", "a_b", "a.b", "a/b", "a".repeat(64)]) {
        const error = yield* failing([], Bucket.head(bad))
        assert.strictEqual(error.reason._tag, "InvalidInput", JSON.stringify(bad))
      }
    })
  )
})

describe("what is signed", () => {
  it.effect("is signed with keys as they are given, for their region", () =>
    Effect.gen(function* () {
      const { accessKey, secretKey } = S3Credentials.keysOf(user)
      const given = { accessKey, secretKey, region: "eu-central-1" }
      const [, { only }] = yield* against([answer(200)], Bucket.head("finance"), {
        credentials: S3Credentials.layerKeys(given)
      })
      const authorization = only.header("authorization") ?? ""
      assert.include(authorization, `Credential=${accessKey}/`)
      assert.include(authorization, "/eu-central-1/s3/aws4_request")
      // As that of the user aÿ.
      yield* against([answer(200)], Bucket.head("finance"), {
        credentials: S3Credentials.layerKeys({ ...given, accessKey: "YcO/" })
      })
      for (const bad of [
        { ...given, accessKey: "" },
        // As a file gives it whose end nobody has cut off.
        { ...given, accessKey: `${accessKey}\n` },
        { ...given, region: "eu/central" }
      ]) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(S3Credentials.layerKeys(bad))))
        assert.strictEqual(error.reason._tag, "InvalidInput")
      }
    })
  )

  it.effect("without TLS bytes and small files are, with TLS only if it is asked for; a stream never is", () =>
    Effect.gen(function* () {
      const put = S3Object.put("finance", "k", HcpBody.text("abc"))
      const hashIn = (options: Parameters<typeof against>[2], program = put) =>
        Effect.map(against([answer(200)], program, options), ([, script]) => script.only.header("x-amz-content-sha256"))
      const signed = payloadHash(Buffer.from("abc"))
      assert.strictEqual(yield* hashIn({ tls: false }), signed)
      assert.strictEqual(yield* hashIn({}), unsignedPayload)
      assert.strictEqual(yield* hashIn({ credentials: S3Credentials.layerV4({ ...user, payload: "signed" }) }), signed)
      const body = HcpBody.stream(() => Stream.make(Buffer.from("abc")), { length: 3 })
      const stream = S3Object.put("finance", "k", body)
      assert.strictEqual(yield* hashIn({ tls: false }, stream), unsignedPayload)
      const file = S3Object.put("finance", "k", HcpBody.file(import.meta.filename))
      assert.strictEqual(yield* hashIn({ tls: false }, file), payloadHash(readFileSync(import.meta.filename)))
    })
  )

  it.effect("every attempt is signed", () =>
    Effect.gen(function* () {
      const [, script] = yield* against(
        [lost, answer(200, { ETag: `"${md5("abc")}"` })],
        S3Object.put("finance", "k", HcpBody.text("abc"))
      )
      for (const call of script.calls) {
        assert.strictEqual(call.header("authorization"), yield* recomputed(call, ["content-md5"], unsignedPayload, 0))
      }
    })
  )
})

describe("the clock", () => {
  const later = "Fri, 02 Jan 2026 03:04:05 GMT"
  const skewed = refusal(403, "RequestTimeTooSkewed", "", { Date: later })

  it.effect("is corrected from the answer's Date, once, and stays corrected", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 2, 1, 0, 0))
      const head = S3Object.head("finance", "k")
      // The answer to a HEAD has no body to say what is wrong.
      const answers = [answer(403, { Date: later }), answer(200), answer(200)]
      const [, script] = yield* against(answers, Effect.andThen(head, head))
      const dates = script.calls.map((call) => call.header("x-amz-date"))
      assert.deepStrictEqual(dates, ["20260102T010000Z", "20260102T030405Z", "20260102T030405Z"])
      const [, second] = yield* against([skewed, answer(200)], head, { credentials: S3Credentials.layerV2(user) })
      assert.strictEqual(second.call(1).header("date"), later)
    })
  )

  for (const [name, credentials, dateOf] of [
    ["Version 4", S3Credentials.layerV4(user), "x-amz-date"],
    ["Version 2", S3Credentials.layerV2(user), "date"]
  ] as const) {
    for (const [what, hour] of [
      ["behind", 1],
      ["ahead", 5]
    ] as const) {
      it.effect(`is corrected for all calls that were under way while it was ${what}, with ${name}`, () =>
        Effect.gen(function* () {
          yield* TestClock.setTime(Date.UTC(2026, 0, 2, hour, 0, 0))
          const heads = Effect.forEach(["a", "b", "c"], (key) => S3Object.head("finance", key), {
            concurrency: "unbounded"
          })
          const wrong = answer(403, { Date: later })
          const denied = Effect.flip(S3Object.head("finance", "d"))
          const answers = [wrong, wrong, wrong, answer(200), answer(200), answer(200), wrong]
          const [, script] = yield* against(answers, Effect.andThen(heads, denied), { credentials })
          const dates = script.calls.map((call) => call.header(dateOf))
          assert.strictEqual(new Set(dates.slice(0, 3)).size, 1)
          assert.strictEqual(new Set(dates.slice(3)).size, 1)
          assert.notStrictEqual(dates[0], dates[3])
        })
      )
    }
  }

  it.effect("is not to blame for other refusals", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 2, 3, 4, 30))
      const denied = refusal(403, "AccessDenied", "", { Date: later })
      const reason = yield* refusedBy([denied], S3Object.get("finance", "k"))
      assert.strictEqual(reason.category, "access")
      assert.include(reason.message, "S3 and the management API are enabled")
    })
  )

  it.effect("is given up where correcting it does not help", () =>
    Effect.gen(function* () {
      const reason = yield* refusedBy([skewed, skewed], S3Object.get("finance", "k"))
      assert.strictEqual(reason.category, "clock")
    })
  )
})

describe("answers", () => {
  it.effect("a 200 that carries an error is one, whoever looks at the body", () =>
    Effect.gen(function* () {
      const broken = refusal(200, "InternalError")
      assert.strictEqual((yield* refusedBy([broken], Stream.runCollect(Bucket.list()))).status, 200)
      assert.strictEqual((yield* refusedBy([broken], S3Object.put("finance", "k", HcpBody.text("x")))).category, "busy")
    })
  )

  it.effect("an error behind blanks in an answer of status 200 is an error (row 131)", () =>
    Effect.gen(function* () {
      const text = (declaration: string, root: string) =>
        answer(200, { "Content-Type": "application/xml" }, ` \n ${declaration}${root}`)
      for (const encoding of ["UTF-8", "us-ascii"]) {
        const declaration = `<?xml version="1.0" encoding="${encoding}"?>`
        const failed = text(declaration, "<Error><Code>InternalError</Code><Message>lost it</Message></Error>")
        assert.strictEqual(
          (yield* refusedBy([failed], S3Object.put("finance", "k", HcpBody.text("x")))).category,
          "busy"
        )
        assert.strictEqual((yield* refusedBy([failed], Stream.runCollect(Bucket.list()))).detail, "lost it")
        const done = text(declaration, '<CopyObjectResult><ETag>"x"</ETag></CopyObjectResult>')
        const [copied] = yield* against([done], S3Object.copy({ bucket: "finance", key: "a" }, "finance", "k"))
        assert.strictEqual(copied.etag, "x")
      }
    })
  )

  it.effect("that quote our secrets are blanked, in every field of the error (row 149)", () =>
    Effect.gen(function* () {
      const { password, username } = user
      const secret = md5(Redacted.value(password))
      const token = `${Buffer.from(username).toString("base64")}:${secret}`
      const forms = [
        Redacted.value(password),
        secret,
        secret.toUpperCase(),
        encodeURIComponent(token),
        Buffer.from(token).toString("base64")
      ]
      const quoting = forms.join(" ")
      const answers = [
        refusal(403, "AccessDenied", quoting),
        refusal(200, "InternalError", quoting),
        answer(403, { "X-HCP-ErrorMessage": quoting }),
        xml(
          `<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>${quoting}</Message></Error></DeleteResult>`
        ),
        answer(200, { "Content-Type": "application/xml" }, `${quoting} is no XML`),
        answer(
          200,
          { "Content-Type": "application/xml" },
          `<DeleteResult>${"<b/>".repeat(9)}&${secret};</DeleteResult>`
        ),
        xml(`<${secret.replace(/^\d/, "a")}${secret}/>`)
      ]
      const kinds = [S3Credentials.layerV4, S3Credentials.layerV2, S3Credentials.layerHcp]
      for (const layer of kinds) {
        for (const given of answers) {
          const program = BatchDelete.delete("finance", ["k"]).pipe(
            Stream.runHead,
            Effect.flatMap((outcome) =>
              Option.isSome(outcome) && outcome.value._tag === "Failed" ? Effect.fail(outcome.value.error) : Effect.void
            )
          )
          const error = yield* failing([given], program, { credentials: layer(user) })
          const shown = [error.message, String(error), JSON.stringify(error), inspect(error, { depth: 9 })].join("\n")
          assert.include(shown, "<redacted>")
          for (const form of forms) assert.notInclude(shown, form)
        }
      }
    })
  )

  it.effect("that are pages of a list and break off are asked for as often as the client's policy says", () =>
    Effect.gen(function* () {
      const page = xml("<ListBucketResult>", { "Content-Length": "1000" })
      const broken = { ...page, breaksWith: new Transport.ExchangeFailure({ reached: "answer", reason: lost.reason }) }
      for (const attempts of [1, 2, 4]) {
        const program = Stream.runDrain(Listing.list("finance"))
        const retry = RetryPolicy.make({ attempts })
        const error = yield* failing(
          Array.from({ length: attempts }, () => broken),
          program,
          { retry }
        )
        assert.strictEqual(error.reason._tag, "ConnectionLost")
      }
    })
  )

  it.effect("another root than expected is no answer", () =>
    Effect.gen(function* () {
      const error = yield* failing([xml('<x:ListBucketResult xmlns:x="y"/>')], Bucket.versioning.get("finance"))
      assert.strictEqual(error.reason._tag, "UnexpectedAnswer")
      assert.include(error.message, "<ListBucketResult>, not <VersioningConfiguration>")
    })
  )

  it.effect("codes, statuses and pages of strangers", () =>
    Effect.gen(function* () {
      const head = Effect.asVoid(S3Object.head("finance", "k"))
      const get = Effect.asVoid(S3Object.get("finance", "k"))
      const table = [
        [refusal(404, "NoSuchKey"), get, "notFound", "NoSuchKey"],
        [refusal(409, "OperationAborted"), get, "conflict", "OperationAborted"],
        [refusal(403, "InvalidObjectState"), get, "state", "InvalidObjectState"],
        [refusal(416, "InvalidRange"), get, "range", "InvalidRange"],
        [refusal(400, "SomethingNew"), get, "badRequest", "SomethingNew"],
        [answer(412), head, "precondition", undefined],
        [answer(304), head, "notModified", undefined],
        [answer(404), head, "notFound", undefined],
        [answer(501, {}, "<html>no"), get, "unsupported", undefined],
        [answer(307, { Location: "https://elsewhere/" }), get, "redirected", undefined]
      ] as const
      for (const [given, program, category, code] of table) {
        const reason = yield* refusedBy([given], program)
        assert.strictEqual(reason.category, category)
        assert.strictEqual(reason.code, code)
      }
    })
  )

  it.effect("in Latin-1, as one of HCP's is", () =>
    Effect.gen(function* () {
      const body = Buffer.from(
        '<?xml version="1.0" encoding="ISO-8859-1"?><ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets><Owner><ID>\u00fc</ID></Owner></ListAllMyBucketsResult>',
        "latin1"
      )
      const headers = { "Content-Type": "application/xml; charset=ISO-8859-1" }
      for (const given of [body, Buffer.concat([Buffer.from("\n "), body])]) {
        const [buckets] = yield* against([{ status: 200, headers, body: given }], Stream.runCollect(Bucket.list()))
        assert.deepStrictEqual(buckets, [{ name: "b", createdAt: undefined }])
      }
    })
  )
})

describe("a bucket's host as endpoint", () => {
  it.effect("is found by the domain before anything is sent", () =>
    Effect.gen(function* () {
      const build = (fqdn: string) =>
        Effect.exit(Effect.scoped(Layer.build(layerOf(new Script([]), { fqdn, domain: "HCP.example.com" }))))
      assert.isTrue(Exit.isSuccess(yield* build(tenant)))
      for (const fqdn of [`finance.${tenant}`, "hcp.example.com", "europe.other.com"]) {
        const exit = yield* build(fqdn)
        assert.isTrue(Exit.isFailure(exit), fqdn)
        assert.include(
          String(exit),
          fqdn.startsWith("finance") ? "give the tenant's, europe.hcp.example.com" : "no host of a tenant"
        )
      }
    })
  )

  it.effect("and that of the system explained whatever it says", () =>
    Effect.gen(function* () {
      const domain = "hcp.example.com"
      for (const fqdn of [domain, `admin.${domain}`, `Admin.${domain}.`]) {
        for (const step of [refusal(403, "AccessDenied"), refusal(404, "NoSuchBucket"), { status: 403 }]) {
          const from = { ...step, headers: { ...step.headers, "X-HCP-ServicedBySystem": domain } }
          const told = yield* refusedBy([from], S3Object.get("finance", "k"), { fqdn })
          assert.include(told.message, `is the host of the system: give a tenant's, <tenant>.${domain}`)
        }
      }
      const denied = yield* refusedBy([refusal(403, "AccessDenied")], S3Object.get("finance", "k"))
      assert.notInclude(denied.message, "host of the system")
    })
  )

  it.effect("and without it explained by the bucket that is not found", () =>
    Effect.gen(function* () {
      const missing = refusal(404, "NoSuchBucket")
      const told = yield* refusedBy([missing], S3Object.get("finance", "k"), { fqdn: `finance.${tenant}` })
      assert.include(told.message, `give the tenant's, ${tenant}`)
      const plain = yield* refusedBy([missing], S3Object.get("finance", "k"))
      assert.include(plain.message, "check the bucket's name")
    })
  )
})

describe("configuration", () => {
  const build = (variables: Record<string, string>) =>
    Effect.scoped(
      Effect.flatMap(Layer.build(S3.layerConfig()), (context) =>
        Effect.provide(
          S3.S3.useSync((s3) => s3),
          context
        )
      )
    ).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(variables))))

  it.effect("may be options each of which is a Config", () =>
    Effect.gen(function* () {
      const whole = S3.layerConfig({
        fqdn: Config.String("ARCHIVE_HOST"),
        style: Config.succeed("virtualHost"),
        credentials: Config.map(
          Config.all({ username: Config.String("ARCHIVE_USER"), password: Config.Redacted("ARCHIVE_KEY") }),
          S3Credentials.layerV2
        )
      })
      const variables = { ARCHIVE_HOST: tenant, ARCHIVE_USER: "lgreen", ARCHIVE_KEY: "start123", HCP_FQDN: "x.y.test" }
      const gateway = yield* Effect.scoped(Effect.map(Layer.build(whole), Context.get(S3.S3))).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(variables)))
      )
      assert.deepStrictEqual(
        [gateway.endpoint?.fqdn, gateway.style, gateway.credentials.kind],
        [tenant, "virtualHost", "v2"]
      )
    })
  )

  it.effect("names everything", () =>
    Effect.gen(function* () {
      const variables = { HCP_FQDN: tenant, HCP_USERNAME: "lgreen", HCP_PASSWORD: "start123" }
      const plain = yield* build(variables)
      assert.strictEqual(plain.credentials.kind, "v4")
      assert.strictEqual(plain.style, "path")
      assert.strictEqual(plain.endpoint?.fqdn, tenant)
      const other = yield* build({ ...variables, HCP_S3_AUTH: "hcp", HCP_S3_STYLE: "virtualHost" })
      assert.strictEqual(other.credentials.prefix, "/hs3")
      assert.strictEqual(other.style, "virtualHost")
      const keys = { HCP_S3_AUTH: "keys", HCP_S3_REGION: "eu-central-1", HCP_USERNAME: "AKIA", HCP_PASSWORD: "secret" }
      const { credentials } = yield* build({ ...variables, ...keys })
      assert.deepStrictEqual(
        [
          credentials.keys?.accessKey,
          credentials.keys && Redacted.value(credentials.keys.secretKey),
          credentials.region
        ],
        ["AKIA", "secret", "eu-central-1"]
      )
      const error = yield* Effect.flip(build({ HCP_FQDN: tenant }))
      assert.include(String(error), "HCP_USERNAME")
      for (const [name, value, wanted] of [
        ["HCP_S3_AUTH", "v3", "give v4, v2, hcp, anonymous or keys"],
        ["HCP_S3_STYLE", "host", "give path or virtualHost"]
      ] as const) {
        const { message } = yield* Effect.flip(build({ ...variables, [name]: value }))
        assert.include(message, `${name} is "${value}"; ${wanted}`)
      }
    })
  )
})
