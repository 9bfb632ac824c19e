/**
 * Where something is: in a namespace, or on this computer.
 *
 * | Written | Means |
 * |---|---|
 * | `/invoices/42.pdf` | in the namespace of the profile |
 * | `lab:/invoices/42.pdf` | in the namespace of the profile `lab` |
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
 * Where something is.
 */
export type Place = HcpPlace | LocalPlace | StandardPlace

/**
 * Reads a place. Fails with a usage failure for what can be none.
 */
export const parse = (text: string): Result.Result<Place, Failure> => {
  if (text === "") return Result.fail(usage("a place is empty", "write /path for HCP, or ./path for this computer"))
  if (text === "-") return Result.succeed({ _tag: "Standard" })
  if (text.startsWith("/")) return Result.succeed({ _tag: "Hcp", profile: undefined, path: text })
  if (text.startsWith("file:")) {
    const path = text.slice("file:".length).replace(/^\/\/(?=\/)/, "")
    return path === ""
      ? Result.fail(usage(`${text} names no file`, "write file:/path"))
      : Result.succeed({ _tag: "Local", path })
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    return Result.fail(usage(`${text} is no place of this command`, "write /path, PROFILE:/path or ./path"))
  }
  const remote = /^([^/\\:]+):(\/.*)$/s.exec(text)
  if (remote !== null && isProfileName(remote[1] ?? "")) {
    return Result.succeed({ _tag: "Hcp", profile: remote[1], path: remote[2] ?? "/" })
  }
  return Result.succeed({ _tag: "Local", path: text })
}

/**
 * Reads a place in a namespace. Fails with a usage failure for any other.
 */
export const parseHcp = (text: string): Result.Result<HcpPlace, Failure> =>
  Result.flatMap(parse(text), (place) =>
    place._tag === "Hcp"
      ? Result.succeed(place)
      : Result.fail(usage(`${text} is on this computer`, `write /${text.replace(/^\.?\//, "")}, or PROFILE:/path`))
  )

/**
 * The place as it is written.
 */
export const print = (place: Place): string => {
  switch (place._tag) {
    case "Hcp":
      return place.profile === undefined ? place.path : `${place.profile}:${place.path}`
    case "Local":
      return place.path
    case "Standard":
      return "-"
  }
}
