import { execFileSync, spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { Effect, Schedule } from "effect"

/** A port that nobody has now. */
const freePort = Effect.callback<number>((resume) => {
  const server = Net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const ini = (sections: Readonly<Record<string, Readonly<Record<string, string | number>>>>): string =>
  Object.entries(sections)
    .map(([name, fields]) =>
      [`[${name}]`, ...Object.entries(fields).map(([key, value]) => `${key} = ${value}`), ""].join("\n")
    )
    .join("\n")

/** A program that ends with the scope. */
const program = (binary: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(binary, args, { stdio: "ignore", env: { ...process.env, XDG_CACHE_HOME: Os.tmpdir() } })),
    (child) =>
      Effect.callback<void>((resume) => {
        if (child.exitCode !== null || !child.kill("SIGKILL")) resume(Effect.void)
        else child.on("exit", () => resume(Effect.void))
      })
  )

const statusOf = (url: string, headers: Readonly<Record<string, string>>) =>
  Effect.callback<number, unknown>((resume) => {
    const request = Http.get(url, { headers, agent: false, timeout: 5_000 }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode ?? 0))
    })
    request.on("timeout", () => request.destroy(new Error("timeout")))
    request.on("error", (error) => resume(Effect.fail(error)))
    return Effect.sync(() => request.destroy())
  })

/** What Debian's packages of OpenStack Swift are started with. */
export const needed = [
  "swift-proxy-server",
  "swift-account-server",
  "swift-container-server",
  "swift-object-server",
  "swift-ring-builder",
  "memcached"
]

/**
 * OpenStack Swift with one disk, on ports of 127.0.0.1: the proxy with `tempauth`, and the three servers behind it. The
 * user is `test:tester`, the key `testing`.
 */
export const openStack = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "openstack-"))),
    (made) => Effect.sync(() => Fs.rmSync(made, { recursive: true, force: true }))
  )
  const [proxy, cache] = [yield* freePort, yield* freePort]
  const write = (name: string, sections: Parameters<typeof ini>[0]) => {
    Fs.writeFileSync(Path.join(folder, name), ini(sections))
    return Path.join(folder, name)
  }
  for (const name of ["disks/d1", "cache"]) Fs.mkdirSync(Path.join(folder, name), { recursive: true })
  write("swift.conf", {
    "swift-hash": { swift_hash_path_suffix: "a", swift_hash_path_prefix: "b" },
    "storage-policy:0": { name: "gold", default: "yes" }
  })
  const common = {
    bind_ip: "127.0.0.1",
    workers: 0,
    user: Os.userInfo().username,
    swift_dir: folder,
    log_level: "ERROR"
  }
  yield* program("memcached", "-l", "127.0.0.1", "-p", String(cache), "-u", "nobody")
  for (const name of ["account", "container", "object"]) {
    const port = yield* freePort
    const config = write(`${name}.conf`, {
      DEFAULT: {
        ...common,
        bind_port: port,
        devices: Path.join(folder, "disks"),
        mount_check: "false",
        fallocate_reserve: 0
      },
      "pipeline:main": { pipeline: `${name}-server` },
      [`app:${name}-server`]: { use: `egg:swift#${name}`, recon_cache_path: Path.join(folder, "cache") }
    })
    for (const args of [["create", "4", "1", "1"], ["add", `r1z1-127.0.0.1:${port}/d1`, "1"], ["rebalance"]]) {
      execFileSync("swift-ring-builder", [`${name}.builder`, ...args], { cwd: folder, stdio: "ignore" })
    }
    yield* program(`swift-${name}-server`, config)
  }
  const config = write("proxy.conf", {
    DEFAULT: { ...common, bind_port: proxy },
    "pipeline:main": { pipeline: "catch_errors cache copy tempauth proxy-server" },
    "app:proxy-server": { use: "egg:swift#proxy", account_autocreate: "true" },
    "filter:tempauth": {
      use: "egg:swift#tempauth",
      user_test_tester: `testing .admin http://127.0.0.1:${proxy}/v1/AUTH_test`
    },
    "filter:catch_errors": { use: "egg:swift#catch_errors" },
    "filter:copy": { use: "egg:swift#copy" },
    "filter:cache": { use: "egg:swift#memcache", memcache_servers: `127.0.0.1:${cache}` }
  })
  yield* program("swift-proxy-server", config)
  const url = `http://127.0.0.1:${proxy}/auth/v1.0`
  const asked = statusOf(url, { "X-Auth-User": "test:tester", "X-Auth-Key": "testing" })
  yield* Effect.flatMap(asked, (status) => (status === 200 ? Effect.void : Effect.fail(status))).pipe(
    Effect.retry({ schedule: Schedule.spaced("500 millis"), times: 120 })
  )
  return { port: proxy, url }
})
