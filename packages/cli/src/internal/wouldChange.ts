/**
 * `--dry-run` of what changes one object: it has to be there.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { ObjectStore } from "./objectStore.ts"
import { Output } from "./output.ts"

/** Says what would be done. Fails where the object is not there. */
export const wouldChange = Effect.fnUntraced(function* (store: ObjectStore, path: string, what: string) {
  const { note } = yield* Output
  yield* store.head(path)
  yield* note(`would ${what}`)
})
