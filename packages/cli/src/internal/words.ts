/**
 * Messages of the SDK in the words of the command: they advise with options and functions, which a person at a terminal
 * knows as flags, commands and variables.
 *
 * @internal
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { PlatformError } from "effect/PlatformError"

/** Options that are wrong, as they are written here. What is not among them is called the same. */
const flags: Readonly<Record<string, string>> = {
  concurrency: "--concurrency",
  expiresIn: "--expires",
  from: "source",
  ifExists: "--if-exists",
  labelledHolds: "--label",
  "privileged.reason": "--privileged",
  publicEndpoint: "--endpoint",
  purge: "--purge",
  query: "--query",
  retention: "--retention",
  to: "destination",
  versionId: "--version-id",
  versions: "--versions"
}

/** The same of the management, where they are days. */
const managementFlags: Readonly<Record<string, string>> = {
  end: "--to",
  from: "--from",
  nodes: "--node",
  start: "--from",
  to: "--to"
}

const phrases: ReadonlyArray<readonly [RegExp, string]> = [
  [/`ifExists: "newVersion"`/g, "--if-exists version"],
  [/`ifExists: "(\w+)"`/g, "--if-exists $1"],
  [/`ifExists`/g, "--if-exists"],
  [/"replace" (?=stores |is not possible)/g, "--if-exists replace "],
  [/"replace" cannot be together with an annotation; use another way/g, "replace is not together with --annotation"],
  [/`replace` (?=of this object)/g, "--if-exists replace "],
  [/read it with `get`/g, "read it with `hcp cat`"],
  [/read what is in it with `list`/g, "see what is in it with `hcp ls`"],
  [/see `list` for those that are there/g, "see `hcp job list`"],
  [/; end it first, or open them with runs: false/g, "; end it first"],
  [/list the directory above it/g, "name the directory above it"],
  [/give it one with put$/g, "give it one with `hcp acl set`"],
  [
    / \(maxPending\); raise it if the tree has an end, or walk parts of it/g,
    "; take parts of the tree, one after the other"
  ],
  [/and versionId names one of them; give one of both/g, "and --version-id names one of them; give one of both"],
  [/as in the `versionId` of an object/g, "as `hcp versions` shows it"],
  [/see `makeFolder`/g, "make it with `hcp mkdir`"],
  [/; give `metadata`/g, ""],
  [/is before (?:start|from); give the earlier one first/g, "is before --from"],
  [/: give \{ tenant: "\.\.\." \}/g, "; add --tenant NAME"],
  [/sign nothing; take `S3Credentials\.layerV4` or `layerV2`/g, "sign nothing; set HCP_S3_AUTH to v4 or v2"],
  [
    /give `tls\.caFile` or `tls\.fingerprint256` in place of `insecureSkipVerification`/g,
    "set HCP_CA_FILE or HCP_TLS_FINGERPRINT256 in place of HCP_TLS_INSECURE"
  ],
  [/, or use `Multipart`, which takes any stream/g, ""],
  [
    /`Multipart\.resume` sends what is missing|all parts are there, `Multipart\.complete` makes the last call once more/g,
    "the same command begins anew; " +
      "`aws s3api abort-multipart-upload` deletes the parts, with the keys of `hcp credentials aws`"
  ]
]

/** A message, or advice, of the SDK as the command says it. `field` is the option that it is about. */
export const inWords = (text: string, field?: string): string => {
  const known = / \S+\/mapi\//.test(text) ? { ...flags, ...managementFlags } : flags
  const flag = field === undefined ? undefined : known[field]
  const named = flag === undefined ? text : text.replace(`: ${field}: `, `: ${flag}: `)
  return phrases.reduce((said, [found, words]) => said.replace(found, words), named)
}

/**
 * Whether HCP refuses what retention or a hold does not allow. It has the same status for that and for a permission
 * that is missing, and says only in words which of the two it is.
 */
export const isProtected = (reason: HcpError["reason"]): boolean =>
  reason._tag === "Forbidden" && /\bunder retention\b|\bon hold\b/i.test(reason.detail ?? "")

/** By what Effect calls it, or by the code of the operating system. */
const troubles: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder",
  ENOTDIR: "it, or something above it, is no folder",
  AlreadyExists: "something is there already",
  NotFound: "there is no such file or folder",
  PermissionDenied: "permission denied"
}

/** What Effect says of this computer: its own names of what was done mean nothing to people. */
export const ofThisComputer = ({ message, reason }: PlatformError): string => {
  if (reason._tag === "BadArgument") return reason.description ?? message
  const { cause, description, pathOrDescriptor } = reason
  if (pathOrDescriptor === undefined) return description ?? message
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  const trouble = troubles[reason._tag] ?? troubles[code] ?? (cause instanceof Error ? cause.message : message)
  return `${pathOrDescriptor}: ${trouble}`
}
