import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { large } from "../../sdk/test/mapi/desired.ts"
import { domain, makeAdmin } from "./administrators.ts"
import { check } from "./expected.ts"
import { runCli } from "./runCli.ts"

const second = "hcp2.example.com"

// Two systems that know nothing of each other.
const System = Simulator.layer({ systems: [{ domain, nodes: 1, namespaces: [] }] })
const Other = Simulator.layer({ systems: [{ domain: second, nodes: 1, namespaces: [] }] })

const passwords = {
  BOSS: "canary-boss-1",
  ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`USER_${index}`, `canary-user-${index}`]))
}

/** `hcp` for an administrator who has the passwords of all users. */
const makeWithPasswords = Effect.fnUntraced(function* (of: string) {
  const admin = yield* makeAdmin(of)
  return { ...admin, hcp: admin.as(passwords) }
})

layer(System, { excludeTestServices: true })("a document of desired state", (it) => {
  it.effect("is planned, applied, exported, and the same on another system", () =>
    Effect.gen(function* () {
      const { hcp, home } = yield* makeWithPasswords(domain)
      const file = path.join(home, "hcp.yaml")
      fs.writeFileSync(file, large())
      check(yield* hcp("plan", file, "--check", "-q"), {
        code: 1,
        stdout: /^ACTION +RESOURCE/,
        stderr: /would be changed/
      })
      check(yield* hcp("apply", file), {
        code: 2,
        stdout: /create +finance/,
        stderr: /this would make \d+ changes, .*\n.*--yes/
      })
      check(yield* hcp("tenant", "list", "-o", "csv"), { stdout: "name\r\n" })
      check(yield* hcp("apply", file, "--yes", "-q"), { stdout: /create +finance/ })
      check(yield* hcp("plan", file, "--check"), { stderr: "nothing differs\n" })

      const exported = yield* hcp("export")
      assert.strictEqual(exported.code, 0, exported.stderr)
      assert.notInclude(exported.stdout, "canary")
      const json = yield* hcp("export", "-o", "json", "-t", "finance")
      assert.deepStrictEqual(
        JSON.parse(json.stdout).tenants.map(({ name }: { readonly name: string }) => name),
        ["finance"]
      )
      yield* Effect.gen(function* () {
        const other = yield* makeAdmin(second)
        const copy = path.join(other.home, "copy.yaml")
        fs.writeFileSync(copy, exported.stdout)
        const named = Object.fromEntries(
          Array.from(exported.stdout.matchAll(/env: (\w+)/g), ([, name = ""]) => [
            name,
            `start-${name.toLowerCase()}-1`
          ])
        )
        const there = other.as(named)
        // A secret that is missing is found out before anything is changed.
        const { HCP_PASSWORD_MEDIA_MEDIA_U3: _, ...some } = named
        check(yield* other.as(some)("apply", copy, "--yes", "-q"), {
          code: 2,
          stdout: /create/,
          stderr: /the environment has no HCP_PASSWORD_MEDIA_MEDIA_U3/
        })
        check(yield* there("tenant", "list", "-o", "csv"), { stdout: "name\r\n" })
        check(yield* there("apply", copy, "--yes", "-q"), { stdout: /create/ })
        assert.strictEqual((yield* there("export")).stdout, exported.stdout)

        // A second time, a system that refuses every write is enough.
        const { faults } = yield* Simulator.Simulator
        yield* faults.add({ fault: "status", status: 500, methods: ["PUT", "POST", "DELETE"] })
        check(yield* there("apply", copy, "--yes"), { stderr: "nothing differs\n" })
        yield* faults.clear
      }).pipe(Effect.provide(Other))
    })
  )

  it.effect("goes on after a command that was killed, and deletes only with --prune", () =>
    Effect.gen(function* () {
      const { hcp, home } = yield* makeWithPasswords(domain)
      const small = (extra: string) => `tenants:
  - name: small
    users:
      - { username: boss, fullName: Boss, password: { env: BOSS }, roles: [SECURITY] }
      - { username: u1, fullName: One, password: { env: USER_1 } }
    namespaces:
      - name: keep
        retentionClasses: [{ name: tax, value: "-1" }]
${extra}`
      const file = path.join(home, "small.yaml")
      fs.writeFileSync(file, small("      - { name: go, cors: [{ allowedOrigins: ['*'], allowedMethods: [GET] }] }\n"))
      const { faults } = yield* Simulator.Simulator
      // The third write is refused: what was made stays.
      yield* faults.add({
        fault: "status",
        status: 403,
        methods: ["PUT"],
        path: "/mapi/tenants/small/namespaces",
        times: 1
      })
      const broken = yield* hcp("apply", file, "--yes")
      assert.strictEqual(broken.code, 3, JSON.stringify(broken))
      assert.match(broken.stderr, /created small\n[\s\S]*\d of \d+ changes were made; run it again to go on/)
      yield* faults.clear
      check(yield* hcp("apply", file, "--yes"), {
        stdout: /create +small\/namespaces\/keep/,
        stderr: /changes? made\n$/
      })
      check(yield* hcp("plan", file, "--check"), { stderr: "nothing differs\n" })

      fs.writeFileSync(file, small(""))
      check(yield* hcp("apply", file, "--yes"), {
        stderr: /^1 deletion left out; --prune makes them:\n {2}small\/namespaces\/go\nnothing differs\n$/
      })
      check(yield* hcp("apply", file, "--yes", "--prune"), {
        stdout: /delete +small\/namespaces\/go +/,
        stderr: "deleted small/namespaces/go\n1 change made\n"
      })
      check(yield* hcp("namespace", "list", "-t", "small", "-o", "csv"), { stdout: "name\r\nkeep\r\n" })

      // Tenants go only where that is said in so many words.
      fs.writeFileSync(file, (yield* hcp("export", "-t", "finance", "-t", "lab", "-t", "media")).stdout)
      check(yield* hcp("apply", file, "--yes", "--prune"), { stderr: "nothing differs\n" })
      check(yield* hcp("apply", file, "--yes", "--prune-tenants"), {
        stdout: /delete +small\/namespaces\/keep .*\n[\s\S]*delete +small +/,
        stderr: "deleted small/namespaces/keep\ndeleted small\n2 changes made\n"
      })
    })
  )

  it.effect("that is wrong is refused with its place, and nothing is asked", () =>
    Effect.gen(function* () {
      const { env, home } = yield* makeAdmin(domain)
      const hcp = (...args: ReadonlyArray<string>) => runCli(args, { env })
      const file = path.join(home, "bad.yaml")
      const { requests } = yield* Simulator.Simulator
      const before = yield* requests
      for (const [text, message] of [
        ["tenants: [", /neither YAML nor JSON/],
        ["tenants:\n  - name: a\n    hardQuota: much\n", /tenants\.a\.hardQuota .*no quota/],
        ["tenants:\n  - name: a\n    users:\n      - { username: u, password: hunter2 }\n", /secret in the clear/]
      ] as const) {
        fs.writeFileSync(file, text)
        const run = yield* hcp("apply", file, "--yes")
        check(run, { code: 2, stderr: message })
        assert.notInclude(run.stderr, "hunter2")
      }
      check(yield* hcp("plan", path.join(home, "none.yaml")), { code: 1, stderr: /none\.yaml/ })
      check(yield* hcp("plan"), { code: 2, stderr: /there is no file/ })
      check(yield* runCli(["plan", "-"], { env, stdin: "tenants: 1" }), { code: 2, stderr: /-: tenants is no list/ })
      assert.deepStrictEqual(yield* requests, before)
      const { stdout } = yield* hcp("plan", "--schema")
      const { properties, title } = JSON.parse(stdout)
      assert.strictEqual(title, "How an HCP system or tenant shall be")
      assert.deepStrictEqual(properties.tenants.items.properties.softQuota.maximum, 100)
      assert.isFalse(properties.tenants.items.additionalProperties)
    })
  )
})
