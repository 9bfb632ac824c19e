/**
 * Ids that HCP gives, of uploads and versions.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import { type About, invalid } from "./gateway.ts"

/**
 * Fails with `InvalidInput` for an empty id. HCP may take it for none, and then the request is about something else: to abort an upload becomes to
 * delete the object.
 */
export const checkId = (
  about: About,
  field: "uploadId" | "version",
  id: string | undefined
): Effect.Effect<void, HcpError> =>
  id === undefined || id.trim() !== "" ? Effect.void : Effect.fail(invalid(about, field, "is empty"))
