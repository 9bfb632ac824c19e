/**
 * What the Swift gateway says about a container or an account, and what a container can be given.
 *
 * @since 0.1.0
 */
import { InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { ResponseHeaders } from "@effect-hcp/sdk/HcpHeaders"
import { countOf } from "@effect-hcp/sdk/HeaderValue"
import * as MetadataHeaders from "@effect-hcp/sdk/MetadataHeaders"
import * as Result from "effect/Result"

/**
 * What an account holds.
 *
 * @category models
 * @since 0.1.0
 */
export interface AccountMetadata {
  /** All namespaces of the tenant, those without Swift too. */
  readonly containers: number | undefined
  readonly objects: number | undefined
  readonly bytes: number | undefined
  /** The domain of the system that answered, if it said so. */
  readonly servicedBy: string | undefined
}

/**
 * What a container can be given.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContainerSettings {
  /**
   * Values by names, as those of objects are. HCP's manual knows the quota alone; others are as OpenStack has them.
   * Defaults to none.
   */
  readonly metadata?: MetadataHeaders.Metadata | undefined
  /** The most bytes that it may hold. Once set it can be changed, and not be taken away. Defaults to no limit. */
  readonly quotaBytes?: number | undefined
  /** Who may read, as Keystone identities `tenant:user`; `*` is everybody. Defaults to those of the namespace. */
  readonly read?: ReadonlyArray<string> | undefined
  /** Who may write, likewise. */
  readonly write?: ReadonlyArray<string> | undefined
}

/**
 * What is known of a container.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContainerMetadata {
  readonly objects: number | undefined
  readonly bytes: number | undefined
  readonly quotaBytes: number | undefined
  /** Empty where nobody is named. */
  readonly read: ReadonlyArray<string>
  readonly write: ReadonlyArray<string>
  /** Without the quota. */
  readonly metadata: MetadataHeaders.Metadata
  /** The domain of the system that answered, if it said so. */
  readonly servicedBy: string | undefined
}

const prefix = "X-Container-Meta-"
const quota = "quota-bytes"

/**
 * What the headers of an answer say of a container. Never fails.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromHeaders = (headers: ResponseHeaders): ContainerMetadata => {
  const { [quota]: quotaBytes, ...metadata } = MetadataHeaders.fromHeaders(headers, prefix)
  return {
    objects: countOf(headers.get("x-container-object-count")),
    bytes: countOf(headers.get("x-container-bytes-used")),
    quotaBytes: countOf(quotaBytes),
    read: namesIn(headers.get("x-container-read")),
    write: namesIn(headers.get("x-container-write")),
    metadata,
    servicedBy: headers.get("x-hcp-servicedbysystem")
  }
}

/**
 * What the headers of an answer say of an account. Never fails.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofAccount = (headers: ResponseHeaders): AccountMetadata => ({
  containers: countOf(headers.get("x-account-container-count")),
  objects: countOf(headers.get("x-account-object-count")),
  bytes: countOf(headers.get("x-account-bytes-used")),
  servicedBy: headers.get("x-hcp-servicedbysystem")
})

const namesIn = (list: string | undefined): ReadonlyArray<string> =>
  (list ?? "").split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]))

type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** The headers that say it. Fails with `InvalidInput` for names and values that would not come back. @internal */
export const toHeaders = (
  { metadata = {}, quotaBytes, read, write }: ContainerSettings,
  removed: ReadonlyArray<string> = []
): Result.Result<Headers, InvalidInput> => {
  const problem = metadataProblem(metadata, removed) ?? namesProblem("read", read) ?? namesProblem("write", write)
  if (problem !== undefined) return Result.fail(problem)
  return Result.map(MetadataHeaders.toHeaders(metadata, prefix), (headers) => [
    ...headers,
    ...removed.map((name) => [`X-Remove-Container-Meta-${name}`, "x"] as const),
    ...(quotaBytes === undefined ? [] : [[`${prefix}Quota-Bytes`, String(quotaBytes)] as const]),
    ...listed("Read", read),
    ...listed("Write", write)
  ])
}

const metadataProblem = (
  metadata: MetadataHeaders.Metadata,
  removed: ReadonlyArray<string>
): InvalidInput | undefined => {
  if (Object.keys(metadata).includes(quota)) {
    return new InvalidInput({ field: "metadata", detail: `holds "${quota}"; give \`quotaBytes\`` })
  }
  const field = "removeMetadata"
  if (removed.includes("")) return new InvalidInput({ field, detail: "holds an empty name" })
  return removed.some((name) => name.toLowerCase() === quota)
    ? new InvalidInput({ field, detail: "a quota cannot be taken away; give another `quotaBytes`" })
    : undefined
}

const maxNamesCharacters = 8192

const namesProblem = (field: "read" | "write", names: ReadonlyArray<string> = []): InvalidInput | undefined => {
  const bad = names.find((name) => name === "" || name !== name.trim() || name.includes(","))
  if (bad !== undefined) {
    const detail = `holds ${JSON.stringify(bad)}: give each identity by itself, without blanks and commas around it`
    return new InvalidInput({ field, detail })
  }
  const { length } = names.join(",")
  return length > maxNamesCharacters
    ? new InvalidInput({ field, detail: `has ${length} characters, HCP takes ${maxNamesCharacters}; name fewer` })
    : undefined
}

const listed = (right: "Read" | "Write", names: ReadonlyArray<string> | undefined): Headers => {
  if (names === undefined) return []
  return names.length === 0 ? [[`X-Remove-Container-${right}`, "x"]] : [[`X-Container-${right}`, names.join(",")]]
}
