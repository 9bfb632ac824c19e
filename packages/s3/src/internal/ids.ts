/**
 * Ids that HCP gives, of uploads and versions.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type About, invalid } from "./gateway.ts"

/**
 * Fails with `InvalidInput` for an empty id. HCP may take it for none, and then the request is about something else: to abort an upload becomes to
 * delete the object.
 */
export const checkedId = (
  about: About,
  field: "uploadId" | "version",
  id: string | undefined
): Result.Result<void, HcpError> =>
  id === undefined || id.trim() !== "" ? Result.void : Result.fail(invalid(about, field, "is empty"))

/** @see {@link checkedId} */
export const checkId = (...of: Parameters<typeof checkedId>): Effect.Effect<void, HcpError> =>
  Effect.fromResult(checkedId(...of))
