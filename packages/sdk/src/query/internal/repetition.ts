/**
 * Ends a query whose pages come again: a server that does not look at where a page begins would give them for ever.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import type { HcpError } from "../../HcpError.ts"
import { LoopGuard } from "../../LoopGuard.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import type { QueryRecord } from "../QueryResult.ts"
import { type Asking, refused } from "./call.ts"

/**
 * A page of one query, and how it was asked for as far as two pages may be equal that were asked for in different ways.
 */
export type OncePerPage = <P extends { readonly records: ReadonlyArray<QueryRecord> }>(
  page: P,
  kind?: string
) => Effect.Effect<P, HcpError>

/** Passes pages on, and fails with `UnexpectedAnswer` for one that came before. */
export const onceEach = (asking: Asking): OncePerPage => {
  const guard = new LoopGuard()
  return (page, kind = "") => {
    const hash = createHash("sha256").update(kind)
    for (const { position } of page.records) {
      hash.update(`\0${position.urlName}\0${position.versionId}\0${position.changeTimeMilliseconds}`)
    }
    return guard.isRepeated(hash.digest("base64"))
      ? Effect.fail(refused(asking, new UnexpectedAnswer({ detail: "a page of the results comes again" }), "answer"))
      : Effect.succeed(page)
  }
}
