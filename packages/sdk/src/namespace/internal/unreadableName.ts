/**
 * Entries of a directory that no path leads to.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { HcpError } from "../../HcpError.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { Entry } from "../DirectoryEntry.ts"
import { restPath } from "./restPath.ts"

/** Why an entry cannot be read at all. */
export const unreadableName = ({ path, urlName }: Entry): HcpError | undefined => {
  if (urlName !== undefined) {
    const detail = `stands for the name ${JSON.stringify(urlName)}, which is no UTF-8; copy it to another name first`
    return new HcpError({ operation: "GET", path, reason: new InvalidInput({ field: "path", detail }) })
  }
  const rest = restPath(path)
  return Result.isFailure(rest) ? new HcpError({ operation: "GET", path, reason: rest.failure }) : undefined
}
