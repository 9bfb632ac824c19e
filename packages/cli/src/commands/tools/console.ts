/**
 * `console`: the namespace of a profile in a browser.
 *
 * @internal
 */
import * as Config from "effect/Config"
import type * as ConfigProvider from "effect/ConfigProvider"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { codes } from "../../ExitCode.ts"
import { Failure } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { provider } from "../../internal/connection.ts"
import { toggle } from "../../internal/flagForms.ts"
import { tenantOf } from "../../internal/gateways.ts"
import * as GlobalFlags from "../../internal/globalFlags.ts"
import { managing } from "../../internal/management.ts"
import { Output } from "../../internal/output.ts"

/** What the package gives to a program with a copy of Effect of its own, as far as it is used here. */
interface Program {
  readonly start: (options: {
    readonly port: number
    readonly profile: object
  }) => Promise<{ readonly port: number; readonly url: string; readonly close: () => Promise<void> }>
}

/** By a name that no bundler follows: the package is found where it is installed, or not. */
const packageName = ["@effect-hcp/console", "ConsoleProgram"].join("/")

const failed = (what: string, cause: unknown, hint?: string) =>
  new Failure({
    error: "Local",
    message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint,
    code: codes.failed
  })

const load = Effect.tryPromise({
  try: async (): Promise<Program> => import(packageName),
  catch: (cause) =>
    failed(
      "the web console is a package of its own, which cannot be loaded",
      cause,
      "npm install -g @effect-hcp/console"
    )
})

/** All variables that a configuration has, as plain data. */
const plain = Effect.fnUntraced(function* (found: ConfigProvider.ConfigProvider) {
  const { variables } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpConfig"))
  const names = [...Object.keys(variables), "S3_AUTH", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_REGION", "S3_STYLE"]
  const values = yield* Effect.forEach(names, (name) =>
    Effect.map(Config.option(Config.String(`HCP_${name}`)).parse(found), (value) => [`HCP_${name}`, value] as const)
  )
  return Object.fromEntries(values.flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : [])))
})

/** @internal */
export const webConsole = command(
  "console",
  "Show the namespace of the profile in a browser on this computer, until it is interrupted",
  [
    ["hcp console --profile lab", "Looks only: nothing can be changed"],
    [
      "hcp console --profile lab --write --port 7080",
      "May store, protect and delete objects, at a port that stays the same"
    ]
  ],
  {
    port: Flag.Int("port").pipe(Flag.withDescription("Port on 127.0.0.1 (default: a free one)"), Flag.withDefault(0)),
    write: toggle("write", "Lets the pages change things: store, protect, restore and delete objects")
  },
  ({ port, write }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const program = yield* load
      const found = yield* provider(Option.getOrUndefined(yield* GlobalFlags.profile))
      const fqdn = yield* Config.String("HCP_FQDN").parse(found)
      const domain = yield* Config.option(Config.String("HCP_DOMAIN")).parse(found)
      const [namespace = "", tenant = "", ...rest] = fqdn.split(".")
      const profile = {
        name: Option.getOrElse(domain, () => rest.join(".")),
        namespace: `${namespace}.${tenant}`,
        variables: yield* plain(found),
        tenant: yield* plain(yield* tenantOf(found)),
        management: Option.isSome(domain) ? yield* plain((yield* managing(found)).provider) : undefined,
        write
      }
      const { url } = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () => program.start({ port, profile }),
          catch: (cause) => failed("the web console does not start", cause)
        }),
        ({ close }) => Effect.promise(close)
      )
      yield* output.record([{ name: "url" }], { url })
      yield* output.note("open it in a browser; Ctrl-C ends it")
      return yield* Effect.never
    }).pipe(Effect.scoped)
)
