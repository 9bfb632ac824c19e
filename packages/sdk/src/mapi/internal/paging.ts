/**
 * The query parameters of lists.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { InvalidInput } from "../../WireReason.ts"
import type { ListOptions } from "../CallOptions.ts"

/** Where a list has come to: the offset of the next page, and the names of the one before. */
export interface Page {
  readonly offset: number
  readonly before: ReadonlySet<string>
}

/** @internal */
export const firstPage: Page = { offset: 0, before: new Set() }

const defaultPageSize = 500

/**
 * The query for the page at an offset. Without a field to sort by the server does not page and no parameters are sent.
 * Always with a sort: the order of a list without one differs from page to page.
 */
export const pageQuery = (
  sortBy: string | undefined,
  options: ListOptions,
  offset: number
): Result.Result<
  { readonly query: Readonly<Record<string, string>>; readonly pageSize: number | undefined },
  InvalidInput
> => {
  if (sortBy === undefined) return Result.succeed({ query: {}, pageSize: undefined })
  const { filter, order = "ascending", pageSize = defaultPageSize, sort = sortBy } = options
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    return Result.fail(
      new InvalidInput({ field: "pageSize", detail: `is ${pageSize}; give a whole number of at least 1` })
    )
  }
  const query: Record<string, string> = {
    offset: String(offset),
    count: String(pageSize),
    sortType: sort,
    sortOrder: order
  }
  if (filter !== undefined && filter.prefix !== "") {
    if (filter.prefix.includes(",") || Array.from(filter.prefix).length > 64) {
      return Result.fail(new InvalidInput({ field: "filter", detail: "takes at most 64 characters and no comma" }))
    }
    query.filterType = filter.by
    query.filterString = filter.prefix
  }
  return Result.succeed({ query, pageSize })
}
