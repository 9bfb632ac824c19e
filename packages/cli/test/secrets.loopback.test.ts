import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, inject, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeCli } from "./cli.ts"

const bin = path.join(inject("programs"), "hcp.js")

const canary = "canary-password-4711"
/** The secret key of S3, and the second half of the token: as good as the password. */
const derived = createHash("md5").update(canary).digest("hex")
const secrets = [canary, derived, Buffer.from(canary).toString("base64"), encodeURIComponent(`:${canary}`)]

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [{ tenant: "t1", name: "n1", s3: true, versioning: true }],
      users: [{ username: "n", password: canary, allowNamespaceManagement: true }]
    }
  ]
})

const assertSilent = (what: string, text: string): void => {
  for (const secret of secrets) assert.notInclude(text, secret, what)
}

/** All files below a folder. */
const filesIn = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))

layer(System, { excludeTestServices: true })("a password", (it) => {
  it.effect("is in no output, whatever a command does and however it fails", () =>
    Effect.gen(function* () {
      const { as, file, home, pipe } = yield* makeCli()
      const right = { HCP_PASSWORD: canary }
      const wrong = { HCP_USERNAME: "nobody", HCP_PASSWORD: canary }
      const lines: ReadonlyArray<ReadonlyArray<string>> = [
        ["cp", file("a.txt", "a"), "/s/a.txt"],
        ["ls", "-l", "/s"],
        ["stat", "/s/a.txt"],
        ["find", "/", "--query", "*:*"],
        ["find", "/", "--operations"],
        ["acl", "show", "/s/a.txt"],
        ["cp", "/s/a.txt", "s3://n1/s/b.txt"],
        ["ls", "s3://n1/s"],
        ["presign", "s3://n1/s/b.txt"],
        ["credentials"],
        ["credentials", "curl"],
        ["credentials", "rclone"],
        ["doctor"],
        ["versions", "/s/a.txt"],
        ["rm", "-r", "/s", "--dry-run"],
        ["cat", "/none"],
        ["ls", "s3://none"],
        ["tenant", "list"],
        ["complete-word", "2", "--", "hcp", "ls", "/s/"],
        ["profile", "add", "p", "--fqdn", `n1.t1.${domain}`, "--set", `HCP_PASSWORD=${canary}`],
        ["profile", "list"]
      ]
      assert.strictEqual((yield* pipe("x", "put", "/x")).code, 3)
      for (const env of [right, wrong]) {
        for (const args of lines) {
          for (const format of ["table", "json"]) {
            const { code, stderr, stdout } = yield* as(env)(...args, "-o", format)
            assertSilent(`${args.join(" ")} (${code})`, stdout + stderr)
          }
        }
      }
      assert.strictEqual((yield* as(right)("stat", "/s/a.txt")).code, 0)
      for (const found of filesIn(home)) assertSilent(found, fs.readFileSync(found, "utf8"))
    })
  )

  it.effect("is not among the arguments of a process, and in no file that others may read", () =>
    Effect.gen(function* () {
      const { env, home } = yield* makeCli()
      const { requests } = yield* Simulator.Simulator
      const count = Effect.map(requests, (ofNodes) => Object.values(ofNodes).reduce((sum, one) => sum + one, 0))
      const profiles = path.join(home, ".config", "hcp", "profiles")
      fs.mkdirSync(profiles, { recursive: true })
      const { HCP_PASSWORD: _, HOME, ...variables } = env
      fs.writeFileSync(
        path.join(profiles, "lab.env"),
        Object.entries({ ...variables, HCP_PASSWORD: canary })
          .map(([name, value]) => `${name}=${value}\n`)
          .join(""),
        { mode: 0o600 }
      )
      const before = yield* count
      const child = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(process.execPath, ["--conditions=@effect-hcp/source", bin, "put", "lab:/held"], {
            env: { HOME, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "" },
            stdio: "pipe"
          })
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      child.stdin.write("the first half")
      yield* Effect.repeat(count, { until: (now) => now > before })
      // It waits for the second half, and has the password by now.
      assertSilent("arguments", fs.readFileSync(`/proc/${child.pid}/cmdline`, "utf8"))
      assertSilent("environment", fs.readFileSync(`/proc/${child.pid}/environ`, "utf8"))
      const wide = filesIn(home).filter((found) => (fs.statSync(found).mode & 0o077) !== 0)
      for (const found of wide) assertSilent(found, fs.readFileSync(found, "utf8"))
      child.stdin.end()
      assert.strictEqual(yield* Effect.promise(() => new Promise((resolve) => child.on("close", resolve))), 0)
    })
  )
})
