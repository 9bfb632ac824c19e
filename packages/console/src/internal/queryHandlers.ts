/**
 * What the page of queries asks.
 *
 * @internal
 */
import * as Expression from "@effect-hcp/sdk/Expression"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { api } from "./api.ts"
import type { Condition, Hits } from "./documents.ts"
import { type Gateways, toFailure } from "./gateways.ts"
import { iso, known } from "./objectDocuments.ts"

const pageSize = 100

const facets = ["namespace", "hold", "retention"]

/** Words of yes and no, and numbers, are values of their own in a query. */
const wordOf = (text: string): Expression.Value => {
  if (text === "true" || text === "false") return text === "true"
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

const expressionOf = ({ property, test, value }: Condition): Expression.Expression => {
  switch (test) {
    case "is":
      return Expression.equals(property, wordOf(value))
    case "like":
      return Expression.wildcard(property, value)
    case "atLeast":
      return Expression.range(property, { from: wordOf(value) })
    case "atMost":
      return Expression.range(property, { to: wordOf(value) })
    case "contains":
      return Expression.content(value)
  }
}

export const layer = (gateways: Gateways) =>
  HttpApiBuilder.group(api, "queries", (handlers) =>
    handlers.handleAll({
      search: Effect.fnUntraced(function* ({ payload: { conditions, namespace, offset, system } }) {
        const engine = yield* gateways.query(system, namespace)
        const query = conditions.length === 0 ? Expression.anything : Expression.all(...conditions.map(expressionOf))
        const page = yield* Effect.mapError(
          engine.searchPage({ query, count: pageSize, offset, properties: "all", facets }),
          toFailure
        )
        const found: Hits = {
          total: page.total ?? page.records.length,
          hits: page.records.map((record) => ({
            namespace: record.namespace ?? "",
            path: record.path ?? record.url,
            ...known({
              size: record.size,
              changedAt: iso(record.changedAt.at),
              retention: record.retentionText,
              hold: record.hold,
              annotated: record.hasAnnotations
            })
          })),
          facets: page.facets.map(({ frequencies, property }) => ({ property, values: frequencies }))
        }
        return found
      })
    })
  )
