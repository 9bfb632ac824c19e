/**
 * Options that several operations share.
 *
 * @internal
 */

import { InvalidInput } from "@effect-hcp/sdk/HcpError"
import * as Result from "effect/Result"
import type { CallOptions } from "../CallOptions.ts"

/** What every call of an operation of many calls is given. */
export const callOf = ({ bodyTimeout, deadline, headers, minRate, responseTimeout }: CallOptions): CallOptions => ({
  bodyTimeout,
  deadline,
  headers,
  minRate,
  responseTimeout
})

/** How many at a time; 4 where nobody says otherwise. */
export const checkedConcurrency = (concurrency: number | undefined): Result.Result<number, InvalidInput> =>
  concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1)
    ? Result.succeed(concurrency ?? 4)
    : Result.fail(new InvalidInput({ field: "concurrency", detail: "is not a whole number, 1 or more" }))

/** An ETag as a condition takes it. */
export const quoted = (etag: string): string => (/^"|^\*$/.test(etag) ? etag : `"${etag}"`)
