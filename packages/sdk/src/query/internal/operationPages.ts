/**
 * All operations, page by page: each page goes on behind the last record of the one before.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import type { CallOptions, OperationQuery, OperationsOptions } from "../QueryRequest.ts"
import type { OperationPage, Position, QueryRecord } from "../QueryResult.ts"
import { operationPage } from "./answer.ts"
import { operationBody, pageSizeOf } from "./body.ts"
import { type Asking, about, ask, onOneNode, refused, whole } from "./call.ts"
import { onceEach } from "./repetition.ts"

/** Asks one query of operations. */
export const askOperations = (
  asking: Asking,
  client: HcpClient.Shape,
  query: OperationQuery,
  options: CallOptions | undefined
): Effect.Effect<OperationPage, HcpError> => {
  const body = operationBody(query, asking.format)
  return Result.isFailure(body)
    ? Effect.fail(refused(asking, body.failure))
    : Effect.flatMap(ask(client, asking.format, body.success, options), (reply) => operationPage(reply, about))
}

const isSame = (a: Position, b: Position | undefined): boolean =>
  a.urlName === b?.urlName && a.changeTimeMilliseconds === b.changeTimeMilliseconds && a.versionId === b.versionId

/** All operations, as a stream. */
export const operations = (asking: Asking, options: OperationsOptions = {}): Stream.Stream<QueryRecord, HcpError> =>
  Stream.suspend(() => {
    const size = pageSizeOf(options.pageSize)
    if (Result.isFailure(size)) return Stream.fail(refused(asking, size.failure))
    const once = onceEach(asking)
    const pages = Effect.map(onOneNode(asking, options), (use) =>
      Stream.paginate<Position | undefined, QueryRecord, HcpError>(options.after, (after) => {
        const query: OperationQuery = { ...options, count: size.success, after }
        const page = use((client) => askOperations(asking, client, query, options))
        return Effect.flatMap(Effect.flatMap(whole(asking, page), once), ({ isComplete, records }) => {
          const last = records.at(-1)?.position
          if (isComplete || last === undefined) return Effect.succeed([records, Option.none()])
          // A server that knows nothing of the last result would give the same page for ever.
          return isSame(last, after)
            ? Effect.fail(
                refused(asking, new UnexpectedAnswer({ detail: "it ends where the one before ended" }), "answer")
              )
            : Effect.succeed([records, Option.some(last)])
        })
      })
    )
    return Stream.scoped(Stream.unwrap(pages))
  })
