import * as http from "node:http"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1", s3: true },
        { tenant: "t1", name: "v1", s3: true, versioning: true },
        { tenant: "t1", name: "plain" }
      ],
      users: [
        { username: "n", password: "n01" },
        { username: "mwhite", password: "m01" }
      ]
    }
  ]
})

layer(System, { excludeTestServices: true })("access lists", (it) => {
  for (const [kind, place, other] of [
    ["a namespace", "/listed/a.txt", "DELETE"],
    ["a bucket", "s3://n1/listed/b.txt", "FULL_CONTROL"]
  ] as const) {
    it.effect(`of objects in ${kind} are shown and set`, () =>
      Effect.gen(function* () {
        const { hcp, pipe } = yield* makeCli()
        check(yield* pipe("x", "put", place, "-q"), {})
        const shown = Effect.map(hcp("acl", "show", place, "-o", "ndjson"), (run) =>
          rowsOf(run).map(({ permissions, type }) => `${type} ${permissions}`)
        )
        check(yield* hcp("acl", "set", place, "public-read"), { stderr: `set the access list of ${place}\n` })
        assert.include(yield* shown, "group READ")
        check(yield* hcp("acl", "set", place, "user:mwhite=read,write", "-q"), {})
        const now = yield* shown
        assert.notInclude(now, "group READ")
        assert.isTrue(
          now.some((one) => /^(?:user|id) READ,WRITE$/.test(one)),
          now.join()
        )
        check(yield* hcp("mv", place, "s3://v1/elsewhere"), { code: 5, stderr: /the access list would be lost/ })
        check(yield* hcp("cat", place), { stdout: "x" })
        check(yield* hcp("acl", "set", place, "private", "-q"), {})
        assert.isFalse((yield* shown).some((one) => one.includes("READ,WRITE")))
        check(yield* hcp("acl", "set", place, "mwhite=READ"), { code: 2, stderr: /no grant\n.*user:NAME=READ/ })
        check(yield* hcp("acl", "set", place, "user:mwhite=EVERYTHING"), {
          code: 2,
          stderr: new RegExp(`EVERYTHING is no permission here\n.*${other}`)
        })
      })
    )
  }

  it.effect("name users and groups of a directory by their domain", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("x", "put", "/listed/domain.txt", "-q"), {})
      check(yield* hcp("acl", "set", "/listed/domain.txt", "group:audit@corp.example.com=READ", "-q"), {})
      check(yield* hcp("acl", "show", "/listed/domain.txt", "-o", "csv"), {
        stdout: /\r\ngroup,audit,corp\.example\.com,READ\r\n$/i
      })
    })
  )

  it.effect("are refused where there are none, and of what is not there", () =>
    Effect.gen(function* () {
      const { as, hcp } = yield* makeCli()
      check(yield* hcp("acl", "show", "s3://n1", "-o", "csv"), { stdout: /^type,name,domain,permissions\r\n/ })
      check(yield* hcp("acl", "set", "/a", "id:abc=READ"), { code: 2, stderr: /id:abc is of S3/ })
      check(yield* hcp("acl", "show", "/none"), { code: 4, stderr: /nothing is stored there/ })
      check(yield* hcp("acl", "show", "s3://n1/none"), { code: 4, stderr: /NoSuchKey/ })
      check(yield* as({ HCP_FQDN: `plain.t1.${domain}` })("acl", "show", "/a"), { code: 1, stderr: /BadRequest|400/ })
    })
  )
})

layer(System, { excludeTestServices: true })("old versions", (it) => {
  for (const [kind, at] of [
    ["a namespace", (name: string) => `/back/${name}`],
    ["a bucket", (name: string) => `s3://v1/bucket/${name}`]
  ] as const) {
    it.effect(`in ${kind} become the current one`, () =>
      Effect.gen(function* () {
        const { hcp, pipe } = yield* makeCli("v1")
        check(yield* pipe("one", "put", at("a"), "-q"), {})
        check(yield* pipe("two", "put", at("a"), "-q", "--if-exists", "version"), {})
        check(yield* hcp("restore", at("a")), { code: 5, stderr: /is not deleted\n.*--version-id/ })
        check(yield* hcp("rm", at("a"), "-q"), {})
        check(yield* hcp("cat", at("a")), { code: 4, stderr: /nothing is stored|NoSuchKey/ })
        check(yield* hcp("restore", at("a"), "--dry-run"), { stderr: /^would restore version \d+ of / })
        check(yield* hcp("restore", at("a")), { stderr: /^restored version \d+ of / })
        check(yield* hcp("cat", at("a")), { stdout: "two" })
        const found = rowsOf(yield* hcp("versions", at("a"), "-o", "ndjson"))
        assert.lengthOf(found, 4)
        const ids = found.map(({ version }) => Number(version)).sort((a, b) => a - b)
        check(yield* hcp("restore", at("a"), "--version-id", String(ids[0]), "-q"), {})
        check(yield* hcp("cat", at("a")), { stdout: "one" })
        check(yield* hcp("restore", at("a"), "--version-id", "7"), { code: 4, stderr: /has no version 7/ })
        check(yield* hcp("restore", at("a"), "--version-id", String(ids[2])), { code: 2, stderr: /is a deletion/ })
        check(yield* hcp("restore", at("none")), { code: 4, stderr: /nothing is stored there/ })
      })
    )
  }
})

/** Uses a URL at a node: its name is known to the name server of the simulator only. */
const used = (node: string, text: string, method = "GET", body = "") =>
  Effect.callback<string>((resume) => {
    const url = new URL(text)
    const options = { host: node, port: url.port, method, path: url.pathname + url.search, headers: { host: url.host } }
    http
      .request(options, (answer) => {
        let said = ""
        answer.on("data", (chunk) => {
          said += String(chunk)
        })
        answer.on("end", () => resume(Effect.succeed(`${answer.statusCode} ${said}`)))
      })
      .end(body)
  })

layer(System, { excludeTestServices: true })("URLs to be handed out", (it) => {
  it.effect("read and store one object without a user", () =>
    Effect.gen(function* () {
      const { systems } = yield* Simulator.Simulator
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("handed out", "put", "s3://n1/url/a.txt", "-q"), {})
      const [node = ""] = systems[0].nodes
      const made = yield* hcp("presign", "s3://n1/url/a.txt", "--expires", "12h")
      assert.match(made.stdout, /^http:\/\/t1\.hcp1\.example\.com:\d+\/n1\/url\/a\.txt\?\S*X-Amz-Expires=43200\S*\n$/)
      assert.match(made.stderr, /^good until 2\S+Z for whoever has it\n$/)
      assert.strictEqual(yield* used(node, made.stdout.trim()), "200 handed out")
      const [row] = rowsOf(yield* hcp("presign", "s3://n1/url/b.txt", "--put", "-o", "ndjson"))
      assert.strictEqual(row?.method, "PUT")
      assert.strictEqual(yield* used(node, String(row?.url), "PUT", "brought"), "200 ")
      check(yield* hcp("cat", "s3://n1/url/b.txt"), { stdout: "brought" })
      check(yield* hcp("presign", "s3://n1/a", "--endpoint", "https://hcp.example.org", "-q"), {
        stdout: /^https:\/\/hcp\.example\.org\/n1\/a\?/
      })
      check(yield* hcp("presign", "/url/a.txt"), { code: 2, stderr: /write s3:\/\/bucket\/key/ })
      check(yield* hcp("presign", "s3://n1/a", "--expires", "soon"), { code: 2, stderr: /time span such as 90s/ })
      check(yield* hcp("presign", "s3://n1/a", "--expires", "8d"), { code: 2, stderr: /7 days/ })
      check(yield* hcp("presign", "s3://n1/a", "--put", "--version-id", "1"), { code: 2, stderr: /for reading/ })
    })
  )
})

layer(System, { excludeTestServices: true })("credentials for other tools", (it) => {
  it.effect("are masked unless they are to be shown", () =>
    Effect.gen(function* () {
      const { as, env, hcp } = yield* makeCli()
      const secret = (yield* hcp("credentials", "--reveal", "-o", "json")).stdout
      const { accessKey, authorization, endpoint, secretKey } = JSON.parse(secret)
      assert.strictEqual(accessKey, "bg==")
      assert.match(secretKey, /^[0-9a-f]{32}$/)
      assert.strictEqual(authorization, `HCP bg==:${secretKey}`)
      assert.strictEqual(endpoint, `http://t1.${domain}:${env.HCP_PORT}`)
      for (const args of [[], ["curl"], ["aws"], ["rclone"], ["env"]]) {
        const masked = yield* hcp("credentials", ...args)
        assert.strictEqual(masked.code, 0, masked.stderr)
        assert.include(masked.stdout, "<redacted>")
        assert.notInclude(masked.stdout + masked.stderr, secretKey)
        assert.notInclude(masked.stdout + masked.stderr, "n01")
        const revealed = yield* hcp("credentials", ...args, "--reveal")
        assert.include(revealed.stdout, secretKey)
        assert.strictEqual(revealed.stderr, "")
      }
      check(yield* hcp("credentials", "curl", "--reveal"), { stdout: `Authorization: ${authorization}\n` })
      check(yield* as({ HCP_AUTH: "anonymous" })("credentials", "curl"), { code: 2, stderr: /there is no header/ })
      check(yield* as({ HCP_AUTH: "anonymous" })("credentials", "rclone"), { code: 2, stderr: /no S3 keys/ })
      check(yield* as({ HCP_TOKEN: `bg==:${"0".repeat(32)}` })("credentials", "curl", "--reveal"), {
        stdout: `Authorization: HCP bg==:${"0".repeat(32)}\n`
      })
    })
  )
})
