import * as fs from "node:fs"
import * as path from "node:path"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { temporaryFolder } from "./expected.ts"
import { runCli } from "./runCli.ts"

export const domain = "hcp1.example.com"

/** `hcp` for an administrator of a system, the first one unless another is named. */
export const makeAdmin = Effect.fnUntraced(function* (of = domain) {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const home = yield* temporaryFolder
  const authorities = path.join(home, "ca.pem")
  fs.writeFileSync(authorities, ca)
  const system = systems.find(({ domain }) => domain === of) ?? systems[0]
  const env = {
    HOME: home,
    HCP_FQDN: `admin.${of}`,
    HCP_USERNAME: "service",
    HCP_PASSWORD: "service01",
    HCP_MAPI_PORT: String(system.ports.mapi),
    HCP_CA_FILE: authorities,
    HCP_NAME_SERVERS: nameServer
  }
  /** The command with other variables; without one that is `undefined`. */
  const as =
    (other: Readonly<Record<string, string | undefined>>) =>
    (...args: ReadonlyArray<string>) => {
      const all = Object.entries({ ...env, ...other }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const]
      )
      return runCli(args, { env: Object.fromEntries(all) })
    }
  return { env, home, as, hcp: as({}), system }
})
