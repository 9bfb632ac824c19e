/**
 * The settings that a namespace can have on the command line.
 *
 * @internal
 */
import type { HashScheme, NamespaceSpec } from "../SystemSpec.ts"
import { hashSchemes } from "./choices.ts"

/** What one setting means; undefined for a value that cannot be. */
type Setting = (value: string, spec: NamespaceSpec) => Partial<NamespaceSpec> | undefined

interface Described {
  /** How it is written, for the help. */
  readonly usage: string
  readonly takesValue: boolean
  readonly read: Setting
}

const toggle = (usage: string, settings: Partial<NamespaceSpec>): Described => ({
  usage,
  takesValue: false,
  read: () => settings
})

const valued = (usage: string, read: Setting): Described => ({ usage, takesValue: true, read })

const units: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }

const readBytes = (text: string): number | undefined => {
  const [, digits = "", unit = ""] = /^(\d{1,9})([KMGT]?)$/i.exec(text) ?? []
  return digits === "" ? undefined : Number(digits) * (units[unit.toUpperCase()] ?? 1)
}

const readHashScheme = (text: string): HashScheme | undefined =>
  hashSchemes.find((scheme) => scheme === text.toUpperCase())

const readChanges = (text: string): NamespaceSpec["customMetadataChanges"] =>
  text === "none" ? "NONE" : text === "add" ? "ADD" : text === "all" ? "ALL" : undefined

const readClass: Setting = (text, spec) => {
  const [name = "", value = "", auto, ...rest] = text.split(":")
  if (!/^[\w-]{1,64}$/.test(name) || value === "" || rest.length > 0 || (auto !== undefined && auto !== "auto")) return
  return { retentionClasses: [...(spec.retentionClasses ?? []), { name, value, autoDelete: auto === "auto" }] }
}

/** Lifts a reader of one value to a setting. */
const field = <Value>(
  read: (text: string) => Value | undefined,
  set: (value: Value) => Partial<NamespaceSpec>
): Setting => {
  return (text) => {
    const value = read(text)
    return value === undefined ? undefined : set(value)
  }
}

/** By name.
 *
 * @internal */
export const settings: Readonly<Record<string, Described>> = {
  versioning: toggle("versioning", { versioning: true }),
  compliance: toggle("compliance", { retentionMode: "compliance" }),
  enterprise: toggle("enterprise", { retentionMode: "enterprise" }),
  retention: valued(
    "retention=VALUE",
    field(
      (text) => (text === "" ? undefined : text),
      (defaultRetention) => ({ defaultRetention })
    )
  ),
  class: valued("class=NAME:VALUE[:auto]", readClass),
  acl: toggle("acl", { aclsUsage: "ENFORCED" }),
  s3: toggle("s3", { s3: true }),
  swift: toggle("swift", { swift: true }),
  owner: valued(
    "owner=USER",
    field(
      (text) => (text === "" ? undefined : text),
      (owner) => ({ owner })
    )
  ),
  xml: toggle("xml", { xmlChecking: true }),
  annotations: valued(
    "annotations=none|add|all",
    field(readChanges, (customMetadataChanges) => ({ customMetadataChanges }))
  ),
  hash: valued(
    "hash=SCHEME",
    field(readHashScheme, (hashScheme) => ({ hashScheme }))
  ),
  quota: valued(
    "quota=BYTES[K|M|G|T]",
    field(readBytes, (hardQuota) => ({ hardQuota }))
  ),
  dpl: valued(
    "dpl=1..4",
    field(
      (text) => (/^[1-4]$/.test(text) ? Number(text) : undefined),
      (dpl) => ({ dpl })
    )
  ),
  shred: toggle("shred", { defaultShred: true }),
  anonymous: toggle("anonymous", { anonymous: true }),
  "no-index": toggle("no-index", { defaultIndex: false }),
  "no-search": toggle("no-search", { search: false }),
  "no-http": toggle("no-http", { http: false }),
  "no-https": toggle("no-https", { https: false })
}

/**
 * All settings as they are written, for the help.
 *
 * @internal
 */
export const usage: string = Object.values(settings)
  .map((setting) => setting.usage)
  .join(", ")
