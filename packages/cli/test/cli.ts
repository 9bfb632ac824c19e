import * as fs from "node:fs"
import * as path from "node:path"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { temporaryFolder } from "./expected.ts"
import { runCli } from "./runCli.ts"

export const domain = "hcp1.example.com"

/** The variables that lead to a namespace of the tenant `t1` of the first system. */
export const environment = ({
  home = "/nowhere",
  namespace = "n1",
  password = "n01"
}: {
  readonly home?: string
  readonly namespace?: string
  readonly password?: string
} = {}) =>
  Effect.map(Simulator.Simulator, ({ nameServer, systems }) => ({
    HOME: home,
    HCP_FQDN: `${namespace}.t1.${domain}`,
    HCP_USERNAME: "n",
    HCP_PASSWORD: password,
    HCP_PORT: String(systems[0].ports.http),
    HCP_TLS: "false",
    HCP_NAME_SERVERS: nameServer
  }))

/** `hcp` in a namespace of the tenant `t1` of the first system, and a folder of this computer. */
export const makeCli = (namespace = "n1") =>
  Effect.gen(function* () {
    const home = yield* temporaryFolder
    const env = yield* environment({ home, namespace })
    /** A file of the folder. */
    const file = (name: string, text: string): string => {
      const at = path.join(home, name)
      fs.mkdirSync(path.dirname(at), { recursive: true })
      fs.writeFileSync(at, text)
      return `file:${at}`
    }
    const hcp = (...args: ReadonlyArray<string>) => runCli(args, { env })
    const pipe = (stdin: string, ...args: ReadonlyArray<string>) => runCli(args, { env, stdin })
    const as =
      (other: Readonly<Record<string, string>>) =>
      (...args: ReadonlyArray<string>) =>
        runCli(args, { env: { ...env, ...other } })
    return { env, home, file, hcp, pipe, as }
  })
