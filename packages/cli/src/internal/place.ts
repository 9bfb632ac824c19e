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
 * | `swift://finance/q4/42.pdf` | in the container `finance` of the profile's tenant, through the Swift gateway |
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
 * In a container of the tenant, through the Swift gateway. Without `profile` it is the tenant of the command.
 */
export interface SwiftPlace {
  readonly _tag: "Swift"
  readonly profile: string | undefined
  /** `swift://container/object`, without the profile. */
  readonly path: string
}

/**
 * On an HCP, through one gateway or the other.
 */
export type RemotePlace = HcpPlace | S3Place | SwiftPlace

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
 * Where something is, for commands without S3 and Swift.
 */
export type Place = HcpPlace | LocalPlace | StandardPlace

/**
 * Where something is.
 */
export type AnyPlace = Place | S3Place | SwiftPlace

/**
 * Reads a place. Fails with a usage failure for what can be none, and for a place of S3 or Swift.
 */
export const parse = (text: string): Result.Result<Place, Failure> =>
  Result.flatMap(parseAny(text), (place) =>
    isBucket(place)
      ? Result.fail(
          usage(
            `${text} is a place of ${place._tag}, which this command does not take`,
            "write /path, or PROFILE:/path"
          )
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
  if (text.startsWith(swiftScheme)) return Result.succeed({ _tag: "Swift", profile: undefined, path: text })
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    return Result.fail(
      usage(`${text} is no place of this command`, "write /path, PROFILE:/path, s3://bucket or ./path")
    )
  }
  const [, profile = "", path = ""] = /^([^/\\:]+):((?:\/|s3:\/\/|swift:\/\/).*)$/s.exec(text) ?? []
  if (isProfileName(profile)) {
    const _tag = path.startsWith(s3Scheme) ? "S3" : path.startsWith(swiftScheme) ? "Swift" : "Hcp"
    return Result.succeed({ _tag, profile, path })
  }
  return Result.succeed({ _tag: "Local", path: text })
}

const isLocal = (text: string): Failure =>
  text === "-"
    ? usage("- is standard input or output, and no place of HCP", "write /path, or PROFILE:/path")
    : usage(`${text} is on this computer`, `write /${text.replace(/^(?:file:)?\.?\/*/, "")}, or PROFILE:/path`)

/**
 * Reads a place in a namespace. Fails with a usage failure for any other.
 */
export const parseHcp = (text: string): Result.Result<HcpPlace, Failure> =>
  Result.flatMap(parse(text), (place) => (place._tag === "Hcp" ? Result.succeed(place) : Result.fail(isLocal(text))))

/**
 * Reads a place on an HCP, in a namespace or a bucket. Fails with a usage failure for any other.
 */
export const parseRemote = (text: string): Result.Result<RemotePlace, Failure> =>
  Result.flatMap(parseAny(text), (place) => (isRemote(place) ? Result.succeed(place) : Result.fail(isLocal(text))))

/** Whether a place is in a bucket or a container. */
export const isBucket = (place: AnyPlace): place is S3Place | SwiftPlace =>
  place._tag === "S3" || place._tag === "Swift"

/** Whether a place is on an HCP. */
export const isRemote = (place: AnyPlace): place is RemotePlace => place._tag === "Hcp" || isBucket(place)

/** How places of S3 begin. */
export const s3Scheme = "s3://"

/** How places of Swift begin. */
export const swiftScheme = "swift://"

/**
 * Bucket and key of a place of S3, container and object of one of Swift: both may be empty.
 */
export const bucketParts = (path: string): { readonly bucket: string; readonly key: string } => {
  const [, bucket = "", key = ""] = /^\w+:\/\/([^/]*)\/?(.*)$/s.exec(path) ?? []
  return { bucket, key }
}

/**
 * The place as it is written.
 */
export const print = (place: AnyPlace): string => {
  switch (place._tag) {
    case "Hcp":
    case "S3":
    case "Swift":
      return place.profile === undefined ? place.path : `${place.profile}:${place.path}`
    case "Local":
      return place.path
    case "Standard":
      return "-"
  }
}
