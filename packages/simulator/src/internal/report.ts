/**
 * Says what a simulator has started: one line for programs, a table and the variables to paste for people.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Redacted from "effect/Redacted"
import type { RunningSystem, Simulator } from "../Simulator.ts"

/** What was asked for and is worth showing again. */
export interface Asked {
  /** Each `name.tenant`. */
  readonly namespaces: ReadonlyArray<string>
  /** Each `name:password`. */
  readonly users: ReadonlyArray<string>
  readonly admins: ReadonlyArray<string>
  readonly caFile: string | undefined
  /** The address to open, with its token. */
  readonly webConsole: string | undefined
  /** `address:port`. */
  readonly control: string | undefined
  /** The one that was made for this run. */
  readonly controlToken: Redacted.Redacted | undefined
  /** Whether the passwords of the users must not be shown. */
  readonly hidesPasswords: boolean
}

type Running = Pick<Simulator["Service"], "nameServer" | "systems">

/** One line of JSON. */
export const readyLine = (
  { nameServer, systems }: Running,
  { caFile, control, controlToken, webConsole }: Asked
): string =>
  JSON.stringify({
    ready: true,
    nameServer,
    systems: systems.map(({ domain, nodes, ports }) => ({ domain, nodes, ports })),
    caFile: caFile ?? null,
    control: control ?? null,
    controlToken: controlToken === undefined ? null : Redacted.value(controlToken),
    // Who did not ask for it gets the line of before.
    console: webConsole
  })

/** A table, and shell lines that point a client at the first namespace. */
export const readyText = (running: Running, asked: Asked): string => {
  const { nameServer, systems } = running
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["Name server", `${nameServer} (UDP and TCP)`],
    ...(asked.control === undefined ? [] : [["Control", `http://${asked.control}`] as const]),
    ...(asked.controlToken === undefined ? [] : [["Control token", Redacted.value(asked.controlToken)] as const]),
    ...(asked.webConsole === undefined ? [] : [["Web console", asked.webConsole] as const]),
    ...(asked.caFile === undefined ? [] : [["CA certificate", asked.caFile] as const]),
    ...systems.flatMap(systemRows),
    ["Namespaces", asked.namespaces.join(", ")],
    ["Users", asked.users.map(nameOf).join(", ")],
    ["Administrators", asked.admins.map(nameOf).join(", ")]
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return [
    "The HCP simulator is ready; Ctrl-C ends it.",
    "",
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    "",
    "Paste this to point a client at it:",
    "",
    ...variables(running, asked).map(([name, value]) => `  export ${name}=${quote(value)}`)
  ].join("\n")
}

const systemRows = ({ domain, nodes, ports }: RunningSystem): ReadonlyArray<readonly [string, string]> => [
  ["System", domain],
  ["  Nodes", nodes.length === 1 ? nodes[0] : `${nodes[0]} to ${Arr.lastNonEmpty(nodes)}`],
  ["  Ports", `http ${ports.http}, https ${ports.https}, console ${ports.admin}, management API ${ports.mapi}`]
]

const variables = ({ nameServer, systems }: Running, asked: Asked): ReadonlyArray<readonly [string, string]> => {
  const [first, second] = systems
  const namespace = asked.namespaces[0]
  const user = asked.users[0] ?? ""
  const fqdn = (domain: string) => (namespace === undefined ? domain : `${namespace}.${domain}`)
  const tls = asked.caFile !== undefined
  return [
    ["HCP_FQDN", fqdn(first.domain)],
    ...(second === undefined ? [] : [["HCP_REPLICA_FQDN", fqdn(second.domain)] as const]),
    ["HCP_USERNAME", nameOf(user)],
    ...(asked.hidesPasswords ? [] : [["HCP_PASSWORD", user.slice(user.indexOf(":") + 1)] as const]),
    ["HCP_PORT", String(tls ? first.ports.https : first.ports.http)],
    ["HCP_TLS", String(tls)],
    ...(asked.caFile === undefined ? [] : [["HCP_CA_FILE", asked.caFile] as const]),
    ["HCP_NAME_SERVERS", nameServer]
  ]
}

const nameOf = (user: string): string => user.slice(0, Math.max(0, user.indexOf(":")))

const quote = (value: string): string =>
  /^[\w.:/@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
