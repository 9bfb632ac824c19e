/**
 * Where something is: in a namespace, in a bucket, or on this computer.
 *
 * | Written | Means |
 * |---|---|
 * | `/invoices/42.pdf` | in the namespace of the profile |
 * | `lab:/invoices/42.pdf` | in the namespace of the profile `lab` |
 * | `s3://finance/q4/42.pdf` | in the bucket `finance` of the profile's tenant, through the S3 gateway |
 * | `lab:s3://finance/q4/42.pdf` | in a bucket of the tenant of the profile `lab` |
 * | `s3://` | all buckets of the tenant |
 * | `42.pdf`, `./42.pdf`, `../scans` | on this computer |
 * | `file:/home/me/42.pdf` | on this computer, by its whole path |
 * | `-` | standard input or output |
 *
 * @internal
 */
import * as Result from "effect/Result"
import { type Failure, usage } from "../Failure.ts"
import { isProfileName } from "./profileName.ts"

/**
 * In a namespace. Without `profile` it is the one of the command.
 */
export interface HcpPlace {
  readonly _tag: "Hcp"
  readonly profile: string | undefined
  /** As the SDK takes it: decoded, from `/` on. */
  readonly path: string
}

/**
 * In a bucket of the tenant, through the S3 gateway. Without `profile` it is the tenant of the command.
 */
export interface S3Place {
  readonly _tag: "S3"
  readonly profile: string | undefined
  /** `s3://bucket/key`, without the profile. */
  readonly path: string
}

/**
 * On an HCP, through one gateway or the other.
 */
export type RemotePlace = HcpPlace | S3Place

/**
 * On this computer.
 */
export interface LocalPlace {
  readonly _tag: "Local"
  readonly path: string
}

/**
 * Standard input or output.
 */
export interface StandardPlace {
  readonly _tag: "Standard"
}

/**
 * Where something is, for commands without S3.
 */
export type Place = HcpPlace | LocalPlace | StandardPlace

/**
 * Where something is.
 */
export type AnyPlace = Place | S3Place

/**
 * Reads a place. Fails with a usage failure for what can be none, and for a place of S3.
 */
export const parse = (text: string): Result.Result<Place, Failure> =>
  Result.flatMap(parseAny(text), (place) =>
    place._tag === "S3"
      ? Result.fail(
          usage(`${text} is a place of S3, which this command does not take`, "write /path, or PROFILE:/path")
        )
      : Result.succeed(place)
  )

/**
 * Reads a place. Fails with a usage failure for what can be none.
 */
export const parseAny = (text: string): Result.Result<AnyPlace, Failure> => {
  if (text === "") return Result.fail(usage("a place is empty", "write /path for HCP, or ./path for this computer"))
  if (text === "-") return Result.succeed({ _tag: "Standard" })
  if (text.startsWith("/")) return Result.succeed({ _tag: "Hcp", profile: undefined, path: text })
  if (text.startsWith("file:")) {
    const path = text.slice("file:".length).replace(/^\/\/(?=\/)/, "")
    return path === ""
      ? Result.fail(usage(`${text} names no file`, "write file:/path"))
      : Result.succeed({ _tag: "Local", path })
  }
  if (text.startsWith(s3Scheme)) return Result.succeed({ _tag: "S3", profile: undefined, path: text })
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    return Result.fail(
      usage(`${text} is no place of this command`, "write /path, PROFILE:/path, s3://bucket or ./path")
    )
  }
  const [, profile = "", path = ""] = /^([^/\\:]+):((?:\/|s3:\/\/).*)$/s.exec(text) ?? []
  if (isProfileName(profile)) {
    return Result.succeed({ _tag: path.startsWith(s3Scheme) ? "S3" : "Hcp", profile, path })
  }
  return Result.succeed({ _tag: "Local", path: text })
}

const isLocal = (text: string): Failure =>
  usage(`${text} is on this computer`, `write /${text.replace(/^\.?\//, "")}, or PROFILE:/path`)

/**
 * Reads a place in a namespace. Fails with a usage failure for any other.
 */
export const parseHcp = (text: string): Result.Result<HcpPlace, Failure> =>
  Result.flatMap(parse(text), (place) => (place._tag === "Hcp" ? Result.succeed(place) : Result.fail(isLocal(text))))

/**
 * Reads a place on an HCP, in a namespace or a bucket. Fails with a usage failure for any other.
 */
export const parseRemote = (text: string): Result.Result<RemotePlace, Failure> =>
  Result.flatMap(parseAny(text), (place) =>
    place._tag === "Hcp" || place._tag === "S3" ? Result.succeed(place) : Result.fail(isLocal(text))
  )

/** How places of S3 begin. */
export const s3Scheme = "s3://"

/**
 * Bucket and key of a place of S3: both may be empty.
 */
export const s3Parts = (path: string): { readonly bucket: string; readonly key: string } => {
  const [, bucket = "", key = ""] = /^([^/]*)\/?(.*)$/s.exec(path.slice(s3Scheme.length)) ?? []
  return { bucket, key }
}

/**
 * The place as it is written.
 */
export const print = (place: AnyPlace): string => {
  switch (place._tag) {
    case "Hcp":
    case "S3":
      return place.profile === undefined ? place.path : `${place.profile}:${place.path}`
    case "Local":
      return place.path
    case "Standard":
      return "-"
  }
}
