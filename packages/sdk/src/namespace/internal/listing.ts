/**
 * One XML document of entries without end, read while it arrives: the listing of a directory, the versions of an
 * object.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { HcpRequest, Pairs, RequestOptions } from "../../HcpRequest.ts"
import { checkedBy, type HcpResponse, responseError } from "../../HcpResponse.ts"
import * as xml from "../../internal/xml/reader.ts"
import { type IsADirectory, type NotADirectory, UnexpectedAnswer } from "../../ObjectReason.ts"
import { okOrFail, readReply } from "../../ReplyStatus.ts"

/** What is wanted, and what it looks like. */
export interface Listing<A> {
  /** The path on the wire. */
  readonly path: string
  readonly query: Pairs
  readonly options: RequestOptions
  /** The name of the document's root. */
  readonly root: string
  /** Says what is wrong with the head of an answer of status 200, before anything of its body is read. */
  readonly problem: (response: HcpResponse) => string | IsADirectory | NotADirectory | undefined
  /** Reads one entry, or says what is wrong with it. */
  readonly read: (attributes: Readonly<Record<string, string>>) => A | UnexpectedAnswer
}

/**
 * The entries of a listing. Ends well only if the whole document was read, and fails otherwise: a list is never short
 * without a word.
 *
 * A body that breaks before its first entries were read is asked for again by the client's policy; later nothing is
 * repeated, as entries would come twice.
 */
export const entries = <A>(client: HcpClient.Shape, listing: Listing<A>): Stream.Stream<A, HcpError> => {
  const request: HcpRequest = { ...listing.options, method: "GET", path: listing.path, query: listing.query }
  return Stream.scoped(
    Stream.unwrap(
      Effect.flatMap(Effect.scope, (scope) => {
        const begin = checkedBy((response: HcpResponse) => Scope.provide(begun(listing, request, response), scope))
        return Effect.flatMap(client.execute(request, { check: begin.check }), begin.read)
      })
    )
  )
}

/** The entries of an answer, of which the first ones are there. */
const begun = <A>(
  listing: Listing<A>,
  request: HcpRequest,
  response: HcpResponse
): Effect.Effect<Stream.Stream<A, HcpError>, HcpError, Scope.Scope> => {
  if (response.status !== 200) {
    return readReply(response, undefined).pipe(
      Effect.flatMap(okOrFail(request)),
      Effect.flatMap((reply) => Effect.fail(unexpected(listing, reply, `its status is ${reply.status}`)))
    )
  }
  const problem = listing.problem(response)
  if (problem !== undefined) return Effect.fail(unexpected(listing, response, problem))
  return Effect.flatMap(Stream.toPull(read(listing, response)), (pull) =>
    Pull.matchEffect(pull, {
      onSuccess: (first) => {
        let isFirst = true
        const all = Effect.suspend(() => {
          if (!isFirst) return pull
          isFirst = false
          return Effect.succeed(first)
        })
        return Effect.succeed(Stream.fromPull(Effect.succeed(all)))
      },
      onDone: () => Effect.succeed<Stream.Stream<A, HcpError>>(Stream.empty),
      onFailure: (cause) => Effect.failCause(cause)
    })
  )
}

const unexpected = (
  { path }: Pick<Listing<unknown>, "path">,
  response: Pick<HcpResponse, "failedAttempts" | "target">,
  reason: string | IsADirectory | NotADirectory | UnexpectedAnswer
): HcpError =>
  responseError(
    { operation: "GET", path },
    response,
    typeof reason === "string" ? new UnexpectedAnswer({ detail: reason }) : reason
  )

const read = <A>(listing: Listing<A>, response: HcpResponse): Stream.Stream<A, HcpError> => {
  const fail = (reason: string | UnexpectedAnswer) => Effect.fail(unexpected(listing, response, reason))
  const { redact, target } = response
  const events = xml.events(response.stream, { operation: "GET", target, path: listing.path, redact })
  return Stream.transformPull(events, (pull) => {
    const next: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, HcpError> = Effect.flatMap(pull, (batch) => {
      const found: Array<A> = []
      for (const event of batch) {
        if (event._tag !== "Open") continue
        if (event.depth === 1 && event.name !== listing.root) {
          return fail(`its root is not the element ${listing.root}`)
        }
        if (event.depth !== 2 || event.name !== "entry") continue
        const entry = listing.read(event.attributes)
        if (entry instanceof UnexpectedAnswer) return fail(entry)
        found.push(entry)
      }
      return Arr.isReadonlyArrayNonEmpty(found) ? Effect.succeed(found) : next
    })
    return Effect.succeed(next)
  })
}
