/**
 * The one way from a path as users of a namespace write it (`/invoices/2026`) to the path on the wire
 * (`/rest/invoices/2026`).
 *
 * @internal
 */
import * as Result from "effect/Result"
import { encodePath } from "../../internal/request/path.ts"
import { shown } from "../../OptionCheck.ts"
import { InvalidInput } from "../../WireReason.ts"

const root = "/rest"

/**
 * The path below `/rest`, still decoded. `/` is the root directory; one slash at the end is left out, as it means the
 * same to HCP.
 *
 * A path that begins with `/rest` itself is a directory of that name and is not changed: it becomes `/rest/rest...`.
 *
 * Fails with `InvalidInput` (field `path`) for all that HCP could not store or find under exactly that name: a path
 * without `/` at its start, an empty, `.`, `..` or `.directory-metadata` segment, a NUL character, half a surrogate
 * pair, and more than 4,095 bytes when percent-encoded.
 */
export const restPath = (path: string): Result.Result<string, InvalidInput> => {
  if (path === "/") return Result.succeed(root)
  if (typeof path !== "string") {
    const detail = `is ${shown(path)}; give a text that begins with "/", e.g. "/folder/name"`
    return Result.fail(new InvalidInput({ field: "path", detail }))
  }
  if (!path.startsWith("/")) {
    const found = path === "" ? "is empty" : "is relative"
    return Result.fail(new InvalidInput({ field: "path", detail: `${found}; it begins with "/", e.g. "/folder/name"` }))
  }
  const whole = root + path
  return Result.map(encodePath(whole), () => (whole.endsWith("/") ? whole.slice(0, -1) : whole))
}

/** The path of an entry of a directory: both as users write them. */
export const childPath = (directory: string, name: string): string =>
  directory.endsWith("/") ? directory + name : `${directory}/${name}`
