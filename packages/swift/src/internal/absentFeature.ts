/**
 * What OpenStack Swift has and the Swift gateway of HCP has not: asked for, it is refused here. HCP ignores what it
 * does not know, so a manifest would be stored as an empty object, and an object to be deleted later would stay for
 * ever.
 *
 * @internal
 */
import { InvalidInput } from "@effect-hcp/sdk/HcpError"
import { type Pairs, pairsOf } from "@effect-hcp/sdk/HcpRequest"
import { problemOfValue } from "@effect-hcp/sdk/OptionCheck"
import * as Predicate from "effect/Predicate"

const segments =
  "HCP's Swift gateway joins no segments; " +
  "store what is large through S3 (`Multipart` of @effect-hcp/s3) or `Namespace`, and read it here"
const versions =
  "HCP's Swift gateway shows the current version alone; " +
  "a namespace keeps versions by its own setting, and `Namespace` and S3 read them"
const expiry =
  "HCP's Swift gateway deletes nothing by itself; " +
  "retention and disposition are settings of the namespace, see `Retention` and `RetentionClasses`"
const bulk = "HCP's Swift gateway has no bulk requests; send one for each object, or see @effect-hcp/jobs"
const links = "HCP's Swift gateway has no links from one object to another"
const others = "is not sent by hand: use `SwiftObject.copy`"

/** By the name of a header, in lower case. */
const byHeader: ReadonlyMap<string, string> = new Map([
  ["x-object-manifest", segments],
  ["x-static-large-object", segments],
  ["x-versions-location", versions],
  ["x-history-location", versions],
  ["x-versions-enabled", versions],
  ["x-delete-at", expiry],
  ["x-delete-after", expiry],
  ["x-symlink-target", links],
  ["x-symlink-target-account", links],
  ["x-copy-from", others],
  ["x-copy-from-account", others],
  ["destination", others],
  ["destination-account", others]
])

/** By the name of an option that other clients have, in lower case. */
const byOption: ReadonlyMap<string, string> = new Map([
  ["segmentsize", segments],
  ["segments", segments],
  ["segmentcontainer", segments],
  ["manifest", segments],
  ["multipartmanifest", segments],
  ["slo", segments],
  ["dlo", segments],
  ["versionid", versions],
  ["versions", versions],
  ["deleteat", expiry],
  ["deleteafter", expiry],
  ["bulk", bulk],
  ["bulkdelete", bulk],
  ["extractarchive", bulk]
])

/** What is wrong with options that ask for it; `undefined` where they do not. */
export const absentFeature = (options: unknown): InvalidInput | undefined => {
  if (!Predicate.isObject(options)) return undefined
  for (const [name, value] of Object.entries(options)) {
    const detail = value === undefined ? undefined : byOption.get(name.toLowerCase())
    if (detail !== undefined) return new InvalidInput({ field: name, detail })
  }
  for (const [name] of headersIn(options)) {
    const detail = byHeader.get(name.toLowerCase())
    if (detail !== undefined) return new InvalidInput({ field: `headers.${name}`, detail })
  }
  return undefined
}

/** The headers of options that may be anything. */
export const headersIn = (options: unknown): ReadonlyArray<readonly [name: string, value: string]> => {
  const headers = Predicate.hasProperty(options, "headers") ? options.headers : undefined
  return arePairs(headers) ? pairsOf(headers) : []
}

const arePairs = (headers: unknown): headers is Pairs =>
  headers !== undefined && problemOfValue(headers, "pairs", "headers") === undefined
