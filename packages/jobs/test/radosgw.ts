/**
 * A Ceph of the tests' own, in a temporary directory: a monitor, one OSD on a file, and `radosgw`, its gateway of S3, as
 * Debian has them.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Data, Effect, type Scope } from "effect"
import { freePort } from "../../bench/src/soak/jobs/postgres.ts"

/** Why there is no gateway. */
export class NotUp extends Data.TaggedError("NotUp")<{ readonly what: string }> {
  override get message(): string {
    return this.what
  }
}

export interface Radosgw {
  readonly port: number
  readonly accessKey: string
  readonly secretKey: string
}

const programs = ["ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin"]

/** The program that this machine has not; `undefined` where it has all. */
export const missing = (): string | undefined =>
  programs.find((program) => !(process.env.PATH ?? "").split(":").some((at) => fs.existsSync(path.join(at, program))))

/** The fsid of the configuration is that of the map of monitors: an OSD ends where they differ. */
const configuration = (directory: string, fsid: string, port: number): string => `[global]
fsid = ${fsid}
mon_host = v1:127.0.0.1:${port}
mon_initial_members = a
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_data = ${directory}/mon
osd_data = ${directory}/osd
osd_objectstore = bluestore
bluestore_block_size = 4294967296
bluestore_cache_autotune = false
run_dir = ${directory}
admin_socket = ${directory}/$name.asok
pid_file = ${directory}/$name.pid
log_file = ${directory}/$name.log
keyring = ${directory}/keyring
`

/** Starts them, until the scope closes; fails with what was missing, and what it said last. */
export const make: Effect.Effect<Radosgw, NotUp, Scope.Scope> = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcp-ceph-"))),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
  )
  const [monitor, port] = yield* Effect.all([freePort, freePort])
  const fsid = randomUUID()
  fs.mkdirSync(path.join(directory, "mon"))
  fs.mkdirSync(path.join(directory, "osd"))
  const at = (name: string) => path.join(directory, name)
  fs.writeFileSync(at("ceph.conf"), configuration(directory, fsid, monitor))

  const ran = (program: string, ...args: ReadonlyArray<string>): Effect.Effect<string, NotUp> =>
    Effect.callback((resume) => {
      const child = execFile(program, [...args], { cwd: directory, timeout: 30_000 }, (error, stdout, stderr) =>
        resume(
          error === null
            ? Effect.succeed(stdout)
            : Effect.fail(new NotUp({ what: `${program} ${args.join(" ")}: ${lastLine(stderr) || error.message}` }))
        )
      )
      return Effect.sync(() => child.kill("SIGKILL"))
    })
  const conf = ["-c", "ceph.conf"]
  const ceph = (...args: ReadonlyArray<string>) => ran("ceph", ...conf, "--connect-timeout", "10", ...args)
  const started = (program: string, ...args: ReadonlyArray<string>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const log = fs.openSync(at(`${program}.out`), "a")
        const child = spawn(program, [...conf, ...args, "-f"], { cwd: directory, stdio: ["ignore", log, log] })
        fs.closeSync(log)
        return child
      }),
      ended
    )
  /** Looks again and again; a program that has ended does not come up any more. */
  const until = (program: string, child: ChildProcess, isUp: Effect.Effect<boolean>): Effect.Effect<void, NotUp> =>
    Effect.gen(function* () {
      while (!(yield* isUp)) {
        if (child.exitCode !== null) {
          const said = lastLine(fs.readFileSync(at(`${program}.out`), "utf8"))
          return yield* new NotUp({ what: `${program} ended with ${child.exitCode}: ${said}` })
        }
        yield* Effect.sleep(200)
      }
    })

  const all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"]
  yield* ran("ceph-authtool", "--create-keyring", "keyring", "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
  yield* ran("ceph-authtool", "keyring", "--gen-key", "-n", "client.admin", ...all)
  yield* ran("monmaptool", "--create", "--fsid", fsid, "--addv", "a", `v1:127.0.0.1:${monitor}`, "monmap")
  yield* ran("ceph-mon", ...conf, "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring")
  yield* started("ceph-mon", "-i", "a")
  const osd = randomUUID()
  yield* ceph("osd", "new", osd)
  yield* ran("ceph-osd", ...conf, "-i", "0", "--mkfs", "--osd-uuid", osd)
  const store = yield* started("ceph-osd", "-i", "0")
  const isUp = Effect.map(ceph("osd", "stat"), (said) => said.includes("1 up"))
  yield* until(
    "ceph-osd",
    store,
    Effect.catch(isUp, () => Effect.succeed(false))
  )

  const keys = { accessKey: "access", secretKey: "secret" }
  const user = ["user", "create", "--uid=hcp", "--display-name=hcp"]
  yield* ran("radosgw-admin", ...conf, ...user, `--access-key=${keys.accessKey}`, `--secret-key=${keys.secretKey}`)
  const gateway = yield* started("radosgw", "-n", "client.admin", `--rgw-frontends=beast endpoint=127.0.0.1:${port}`)
  const answers = Effect.promise(() =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false
    )
  )
  yield* until("radosgw", gateway, answers)
  return { port, ...keys }
})

const ended = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("close", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? ""
