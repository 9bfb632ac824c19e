/**
 * The web console in front of a simulator. It is a package of its own, `@effect-hcp/console`, which need not be there.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { ControlServer } from "../ControlServer.ts"
import type { Simulator } from "../Simulator.ts"
import { SimulatorError } from "../SimulatorError.ts"
import { oneLine } from "./oneLine.ts"

/** What the package gives to a program with a copy of Effect of its own, as far as it is used here. */
interface Program {
  readonly start: (options: {
    readonly port: number
    readonly simulator: object
  }) => Promise<{ readonly url: string; readonly close: () => Promise<void> }>
}

/** By a name that no bundler follows: the package is found where it is installed, or not. */
const name = ["@effect-hcp/console", "ConsoleProgram"].join("/")

const load = Effect.tryPromise({
  try: async (): Promise<Program> => import(name),
  catch: (cause) =>
    new SimulatorError({
      reason: "specification",
      message:
        "The web console is a package of its own, which cannot be loaded; " +
        `run: npm install @effect-hcp/console. ${messageOf(cause)}`,
      cause
    })
})

const messageOf = (cause: unknown): string => oneLine(cause instanceof Error ? cause.message : String(cause))

/** `name:password`. */
const accountOf = (account = "") => {
  const at = account.indexOf(":")
  return { username: account.slice(0, at), password: account.slice(at + 1) }
}

/** Serves the console until the scope closes; gives the address to open. */
export const start = Effect.fnUntraced(function* (
  { ca, nameServer, systems }: Simulator["Service"],
  control: ControlServer,
  asked: {
    readonly port: number
    readonly namespaces: ReadonlyArray<string>
    readonly users: ReadonlyArray<string>
    readonly admins: ReadonlyArray<string>
    readonly s3: boolean
    readonly caFile: string | undefined
  }
): Effect.fn.Return<string, SimulatorError, Scope.Scope> {
  const program = yield* load
  const { address, port, token } = control
  const begin = Effect.tryPromise({
    try: () =>
      program.start({
        port: asked.port,
        simulator: {
          nameServer,
          systems: systems.map(({ domain, ports }) => ({ domain, ports })),
          namespaces: asked.namespaces,
          user: accountOf(asked.users[0]),
          admin: accountOf(asked.admins[0]),
          ca,
          caFile: asked.caFile,
          s3: asked.s3,
          control: { url: `http://${address}:${port}`, token: Redacted.value(token) }
        }
      }),
    catch: (cause) =>
      new SimulatorError({
        reason: "network",
        message: `The web console does not start: ${messageOf(cause)}`,
        cause
      })
  })
  const { url } = yield* Effect.acquireRelease(begin, ({ close }) => Effect.promise(close))
  return url
})
