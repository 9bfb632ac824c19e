import { type ChildProcess, spawn } from "node:child_process"
import * as Datagram from "node:dgram"
import { accessSync, constants } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { Context, Effect, Layer } from "effect"

/** A name server of somebody else, running on a port of 127.0.0.1. */
export class RealNameServer extends Context.Service<
  RealNameServer,
  {
    /** `address:port`, for the option `nameServers`. */
    readonly label: string
    /** All that it printed so far. */
    readonly log: () => string
  }
>()("@effect-hcp/sdk/test/RealNameServer") {}

export interface Program {
  /** What it is called, e.g. `named`. */
  readonly binary: string
  readonly arguments: (folder: string, port: number) => ReadonlyArray<string>
  /** Its files, by name, in a folder of their own. */
  readonly files: (folder: string, port: number) => Readonly<Record<string, string>>
  /** What it prints once it answers. */
  readonly isReady: RegExp
}

/** Where a program is. Name servers live in `sbin`, which is not on every user's path. */
export const find = (binary: string): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, binary))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

const freePort = Effect.callback<number>((resume) => {
  const socket = Datagram.createSocket("udp4")
  socket.bind(0, "127.0.0.1", () => {
    const { port } = socket.address()
    socket.close(() => resume(Effect.succeed(port)))
  })
})

const stop = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill()
  }).pipe(Effect.timeoutOrElse({ duration: "5 seconds", orElse: () => Effect.sync(() => void child.kill("SIGKILL")) }))

/** Starts a program, and stops it with the layer. Dies with what it printed if it ends before it is ready. */
export const layer = (path: string, program: Program): Layer.Layer<RealNameServer> =>
  Layer.effect(
    RealNameServer,
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "name-server-"))),
        (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
      )
      const port = yield* freePort
      for (const [name, text] of Object.entries(program.files(folder, port))) {
        yield* Effect.promise(() => writeFile(join(folder, name), text))
      }
      let printed = ""
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(path, program.arguments(folder, port), { stdio: ["ignore", "pipe", "pipe"] })),
        stop
      )
      yield* Effect.callback<void>((resume) => {
        const listen = (chunk: Buffer) => {
          printed += chunk.toString()
          if (program.isReady.test(printed)) resume(Effect.void)
        }
        child.stdout.on("data", listen)
        child.stderr.on("data", listen)
        child.once("error", (error) => resume(Effect.die(error)))
        child.once("exit", () => resume(Effect.die(new Error(`${program.binary} ended:\n${printed}`))))
      }).pipe(
        Effect.timeoutOrElse({
          duration: "20 seconds",
          orElse: () => Effect.die(new Error(`${program.binary} is not ready:\n${printed}`))
        })
      )
      return { label: `127.0.0.1:${port}`, log: () => printed }
    })
  )
