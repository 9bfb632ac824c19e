/**
 * What the command does once its flags are known: starts the simulator, and tells when everything listens.
 *
 * @internal
 */
import * as Path from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { CertificateKind } from "../CertificateAuthority.ts"
import * as Simulator from "../Simulator.ts"
import { SimulatorError } from "../SimulatorError.ts"
import { defaultNamespaceKey } from "../SystemSpec.ts"
import * as AccountList from "./accountList.ts"
import { asBuckets } from "./asBuckets.ts"
import { complain } from "./complain.ts"
import * as Launcher from "./launcher.ts"
import * as NamespaceFlag from "./namespaceFlag.ts"
import { oneLine } from "./oneLine.ts"
import { readyLine, readyText } from "./report.ts"

// Few runs have a control port, or a console.
const loadControlServer = Effect.promise(() => import("../ControlServer.ts"))
const loadWebConsole = Effect.promise(() => import("./webConsole.ts"))

/** What the flags say. */
interface Settings {
  readonly domains: ReadonlyArray<string>
  readonly nodes: number
  readonly firstAddress: string
  readonly http: number
  readonly https: number
  readonly admin: number
  readonly mapi: number
  readonly dns: number
  readonly namespaces: ReadonlyArray<string>
  readonly defaultNamespace: boolean
  readonly users: ReadonlyArray<string>
  readonly userFile: Option.Option<string>
  readonly s3: boolean
  readonly admins: ReadonlyArray<string>
  readonly adminFile: Option.Option<string>
  readonly softwareVersion: string
  readonly certificate: CertificateKind
  readonly data: Option.Option<string>
  readonly dataKeyFile: Option.Option<string>
  readonly caFile: Option.Option<string>
  readonly control: Option.Option<number>
  readonly controlToken: Option.Option<Redacted.Redacted<string>>
  readonly webConsole: Option.Option<number>
  readonly json: boolean
}

/**
 * Serves until npx has gone, or the scope of the command ends.
 *
 * @internal
 */
export const serve = Effect.fnUntraced(function* (
  settings: Settings,
  usual: { readonly user: string; readonly admin: string }
) {
  const { nodes, defaultNamespace } = settings
  const { accounts: users, isSecret } = yield* AccountList.read({
    flags: settings.users,
    file: settings.userFile,
    variable: "HCP_SIMULATOR_USERS",
    fallback: usual.user
  })
  const { accounts: admins } = yield* AccountList.read({
    flags: settings.admins,
    file: settings.adminFile,
    variable: "HCP_SIMULATOR_ADMINS",
    fallback: usual.admin
  })
  const named = yield* Effect.forEach(settings.namespaces, NamespaceFlag.parse)
  const served = settings.s3 ? yield* asBuckets(named, users) : { namespaces: named, users }
  const simulator = yield* Simulator.make({
    systems: settings.domains.map((domain, index) => ({
      domain,
      ...served,
      defaultNamespace,
      admins,
      nodes,
      softwareVersion: settings.softwareVersion,
      certificate: settings.certificate,
      firstAddress: index === 0 ? settings.firstAddress : undefined
    })),
    ports: { http: settings.http, https: settings.https, admin: settings.admin, mapi: settings.mapi },
    dnsPort: settings.dns,
    data: Option.getOrUndefined(settings.data),
    dataKeyFile: Option.getOrUndefined(settings.dataKeyFile)
  })
  const isControlled = Option.isSome(settings.control) || Option.isSome(settings.webConsole)
  const control = !isControlled
    ? undefined
    : yield* (yield* loadControlServer).make(simulator, {
        port: Option.getOrElse(settings.control, () => 0),
        token: Option.getOrUndefined(settings.controlToken)
      })
  const caFile = Option.getOrUndefined(Option.map(settings.caFile, (file) => Path.resolve(file)))
  if (caFile !== undefined) yield* writeFile(caFile, simulator.ca)

  const namespaces = named.map(({ name, tenant }) => `${name}.${tenant}`)
  const webConsole =
    Option.isNone(settings.webConsole) || control === undefined
      ? undefined
      : yield* (yield* loadWebConsole).start(simulator, control, {
          port: settings.webConsole.value,
          namespaces,
          users,
          admins,
          s3: settings.s3,
          caFile
        })

  const asked = {
    namespaces: [...namespaces, ...(defaultNamespace ? [defaultNamespaceKey] : [])],
    users,
    admins,
    caFile,
    hidesPasswords: isSecret,
    webConsole,
    control: control === undefined ? undefined : `${control.address}:${control.port}`,
    // One that was given is known to whom it concerns.
    controlToken: Option.isSome(settings.controlToken) ? undefined : control?.token
  }
  yield* Console.log(settings.json ? readyLine(simulator, asked) : readyText(simulator, asked))
  yield* Launcher.gone
  yield* complain("npx has ended, and so does the simulator.")
}, Effect.scoped)

const writeFile = Effect.fnUntraced(function* (file: string, text: string) {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.mapError(
    fs.writeFileString(file, text),
    (cause) =>
      new SimulatorError({
        reason: "storage",
        message:
          `Cannot write the CA file ${file}: ${oneLine(cause.message)}; ` +
          "choose a folder that is there and may be written to",
        cause
      })
  )
})
