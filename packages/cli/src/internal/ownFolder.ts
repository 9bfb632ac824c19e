/**
 * Folders in which `hcp` keeps something of the user: profiles, journals, a cache. They are for that user alone.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** Makes it with those above it, where it is not there. */
export const makeOwnFolder = (folder: string) =>
  Effect.flatMap(
    Effect.promise(() => import("@effect-hcp/sdk/DraftFile")),
    ({ makeFolder }) => makeFolder(folder, { mode: 0o700 })
  )
