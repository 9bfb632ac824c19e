/**
 * What people look up: the variables of the configuration and the exit codes, from the code that reads and gives them.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { variables as client } from "../../sdk/src/HcpConfig.ts"
import { variables as simulator } from "../../simulator/src/SimulatorConfig.ts"
import { variables as spool } from "../../spool/src/SpoolConfig.ts"
import { site } from "./layout.ts"
import type { Section } from "./manualPages.ts"

interface Group {
  readonly title: string
  readonly about: string
  readonly prefix: string
  readonly variables: Readonly<Record<string, string>>
}

const groups: ReadonlyArray<Group> = [
  {
    title: "The client",
    about:
      "Read by `Hcp.layerConfig` and the `layerConfig` of each service. Another prefix is given with `{ prefix }`.",
    prefix: "HCP_",
    variables: client
  },
  { title: "The spool", about: "Read by `Spool.layerConfig`.", prefix: "HCP_SPOOL_", variables: spool },
  { title: "The simulator", about: "Read by `Simulator.layerConfig`.", prefix: "HCP_SIMULATOR_", variables: simulator }
]

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;")

const tableOf = ({ about, prefix, title, variables }: Group): string =>
  [
    `## ${title}\n`,
    `${about}\n`,
    "| Variable | What it means |",
    "|---|---|",
    ...Object.entries(variables).map(([name, meaning]) => `| \`${prefix}${name}\` | ${cell(meaning)} |`),
    ""
  ].join("\n")

/** Writes the pages, and gives what stands beside them. */
export const write = (): Section => {
  Fs.mkdirSync(Path.join(site, "reference"), { recursive: true })
  const text = ["# Configuration\n", "All variables that are read from the environment.\n", ...groups.map(tableOf)]
  Fs.writeFileSync(Path.join(site, "reference/configuration.md"), text.join("\n"))
  return {
    text: "Reference",
    items: [
      { text: "Configuration", link: "/reference/configuration" },
      { text: "Errors", link: "/manual/sdk/errors" },
      { text: "Exit codes of hcp", link: "/manual/cli/output" },
      { text: "API", link: "/api/" }
    ]
  }
}
