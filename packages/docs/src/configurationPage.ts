/**
 * The reference of the configuration: every variable that is read from the environment, from the code that reads it.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { variables as client } from "../../sdk/src/HcpConfig.ts"
import { variables as simulator } from "../../simulator/src/SimulatorConfig.ts"
import { variables as spool } from "../../spool/src/SpoolConfig.ts"
import { documents, textOf } from "./documents.ts"
import { repository, site } from "./layout.ts"
import { cell, table } from "./markdown.ts"
import { packages } from "./packages.ts"

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

/** Those that have no module of configuration, and what their manual does not say in a table. */
const meanings: Readonly<Record<string, string>> = {
  HCP_DOMAIN: "the domain of the HCP system, where a command has to know which part of `HCP_FQDN` it is",
  HCP_MAPI_PORT: "the port of the management API, for commands; 9090 unless a gateway is in between",
  HCP_PASSWORD_COMMAND: "a command that prints the password, for profiles of `hcp`",
  HCP_JOBS_DIRECTORY: "where `hcp job` and `hcp worker` keep their jobs",
  HCP_SIMULATOR_CONTROL_TOKEN: "what clients of the control port must send, for `hcp-simulator`",
  HCP_JOBS_DATABASE: "the PostgreSQL database of jobs that many computers do, `postgresql://user@host/database`",
  HCP_JOBS_HOST: "how other workers of that database reach this computer",
  HCP_JOBS_PORT: "the port by which they do, 34431 unless it says otherwise",
  HCP_LINK: "for the example `link-failover`: the replication link",
  HCP_ADMIN_USERNAME: "for examples: the administrator",
  HCP_ADMIN_PASSWORD: "for examples: the password of the administrator",
  HCP_ADMIN_PORT: "for examples: the port of the management API"
}

const sourcesIn = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => Path.join(folder, file))

/** Every variable that a source names, with the prefix of the client. */
export const variablesInCode = (): ReadonlySet<string> => {
  const found = new Set(groups.flatMap(({ prefix, variables }) => Object.keys(variables).map((name) => prefix + name)))
  const folders = [...packages.map(({ folder }) => folder), "examples"]
  for (const file of folders.flatMap((folder) => sourcesIn(Path.join(repository, "packages", folder, "src")))) {
    const text = Fs.readFileSync(file, "utf8")
    for (const [, name = ""] of text.matchAll(/["'`](HCP_[A-Z0-9_]*[A-Z0-9])["'`]/g)) {
      // The prefixes of the groups stand alone, too.
      if (!["HCP_SPOOL", "HCP_SIMULATOR"].includes(name)) found.add(name)
    }
    // A gateway lists its own by the name behind the prefix.
    const listed = file.endsWith("internal/config.ts") ? text.matchAll(/^ {2}([A-Z][A-Z0-9_]+): "/gm) : []
    for (const [, name = ""] of listed) found.add(`HCP_${name}`)
    for (const [, name = ""] of text.matchAll(/\$\{prefix\}_([A-Z0-9_]+)`/g)) found.add(`HCP_${name}`)
  }
  return found
}

/** What the manuals say of a variable, in a table; else which of them speaks of it. */
const manualSays = (name: string): string | undefined => {
  for (const { file } of documents) {
    const [, said] = new RegExp(`^\\| [^|]*\`${name}\`[^|]* \\| ([^|]+) \\|`, "m").exec(textOf(file)) ?? []
    if (said !== undefined) return said.replace(/\[([^\]]+)\]\([^)]+\)/g, "$1").trim()
  }
  const speaks = documents.find(({ file }) => textOf(file).includes(name))
  return speaks === undefined ? undefined : `see [${speaks.text}](/manual/${speaks.folder}/)`
}

const rowsOf = ({ prefix, variables }: Group): ReadonlyArray<ReadonlyArray<string>> =>
  Object.entries(variables).map(([name, meaning]) => [`\`${prefix}${name}\``, cell(meaning).replaceAll("<", "&lt;")])

/** Writes the page. Fails for a variable of which nobody says what it means. */
export const write = (): void => {
  const known = new Set(groups.flatMap(({ prefix, variables }) => Object.keys(variables).map((name) => prefix + name)))
  const others = Array.from(variablesInCode())
    .filter((name) => !known.has(name))
    .sort()
    .map((name) => {
      const meaning = meanings[name] ?? manualSays(name)
      if (meaning === undefined) throw new Error(`${name} is read, and no manual says what it means`)
      return [`\`${name}\``, cell(meaning).replaceAll("<", "&lt;")]
    })
  const text = [
    "# Configuration\n",
    "Every variable that the packages read from the environment, taken from the code that reads it.",
    "[Layers and configuration](/manual/configuration/) has the defaults.\n",
    ...groups.map(
      (group) => `## ${group.title}\n\n${group.about}\n\n${table(["Variable", "What it means"], rowsOf(group))}\n`
    ),
    "## Gateways, commands and examples\n",
    `${table(["Variable", "What it means"], others)}\n`
  ]
  Fs.writeFileSync(Path.join(site, "reference/configuration.md"), text.join("\n"))
}
