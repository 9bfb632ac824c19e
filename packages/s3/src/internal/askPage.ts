/**
 * Asks for one page of a list and reads it to its end, so that a page that breaks off can be asked for again.
 *
 * @internal
 */
import { type HcpError, type InvalidInput, UnexpectedAnswer } from "@effect-hcp/sdk/HcpError"
import type { HcpReply } from "@effect-hcp/sdk/HcpResponse"
import { pageSizeOf } from "@effect-hcp/sdk/PagedList"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { Gateway } from "../Gateway.ts"
import { inexact, isInexact } from "./answerXml.ts"
import { answered, eventsOf, isOneOf, type Roots, rootOf, type S3Request, sendAndRead } from "./gateway.ts"
import { type Page, readPage } from "./listPage.ts"

/** What every list may set. */
const maxPageSize = 1000

/** How many entries a page is to have. */
export const checkedPageSize = (pageSize: number | undefined): Result.Result<string | undefined, InvalidInput> =>
  pageSizeOf(pageSize, maxPageSize)

/** One page. */
export const askPage = (
  gateway: Gateway,
  request: S3Request,
  roots: Roots,
  itemNames: ReadonlySet<string>
): Effect.Effect<Page & { readonly target: string }, HcpError> =>
  Effect.flatMap(
    sendAndRead(gateway, request, (reply) => pageOf(gateway, request, reply, roots, itemNames)),
    ([reply, page]) =>
      hasInexactSize(page)
        ? Effect.fail(answered(request, reply, new UnexpectedAnswer({ detail: inexact("Size") })))
        : Effect.succeed({ ...page, target: reply.target })
  )

const hasInexactSize = ({ items }: Page): boolean => {
  for (const { fields } of items) if (isInexact(fields.text("Size"))) return true
  return false
}

const pageOf = (
  gateway: Gateway,
  request: S3Request,
  reply: HcpReply,
  roots: Roots,
  itemNames: ReadonlySet<string>
): Effect.Effect<Page, HcpError> =>
  Effect.flatMap(readPage(eventsOf(gateway, request, reply), itemNames), (page) =>
    // What is no list is small, and read again to say what it is.
    isOneOf(roots, page.root) ? Effect.succeed(page) : Effect.as(rootOf(gateway, request, reply, roots), page)
  )
