/**
 * The reads of a spool.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { SpoolUnusable } from "../SpoolError.ts"
import type { Listed, Seen, SeenObject } from "../SpoolReads.ts"
import { plain } from "./namespaceParts.ts"
import type { ListedEntry, Overlay } from "./overlay.ts"

/** @internal */
export interface Reads {
  readonly get: (path: string) => Effect.Effect<SeenObject, HcpError | SpoolUnusable>
  readonly head: (path: string) => Effect.Effect<Seen, HcpError | SpoolUnusable>
  readonly exists: (path: string) => Effect.Effect<boolean, HcpError | SpoolUnusable>
  readonly stream: (path: string) => Stream.Stream<Uint8Array, HcpError | SpoolUnusable>
  readonly list: (path: string) => Stream.Stream<Listed, HcpError | SpoolUnusable>
}

/** @internal */
export const spoolReads = (overlay: Overlay): Reads => ({
  get: (path) =>
    Effect.map(overlay.get(plain(path)), ({ bytes, metadata, pending, text }) => ({ pending, metadata, bytes, text })),
  head: (path) => overlay.head(plain(path)),
  exists: (path) =>
    Effect.as(overlay.head(plain(path)), true).pipe(
      Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(false))
    ),
  stream: (path) => Stream.scoped(Stream.unwrap(Effect.map(overlay.open(plain(path)), ({ stream }) => stream))),
  list: (path) => Stream.map(overlay.list(plain(path)), toListed)
})

const toListed = ({ name, path, pending, stored }: ListedEntry): Listed =>
  stored === undefined
    ? pending?._tag === "Content"
      ? { _tag: "Pending", name, path, type: "object", size: pending.size }
      : { _tag: "Pending", name, path, type: "directory", size: undefined }
    : { _tag: "Stored", name, path, entry: stored }
