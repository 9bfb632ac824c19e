import * as Zlib from "node:zlib"
import { Effect } from "effect"
import type * as HcpSystem from "../../src/HcpSystem.ts"
import { type Sent, send } from "./exchange.ts"

/** Sends a query to tenant t1; a text is XML, anything else JSON. */
export const query = (system: HcpSystem.HcpSystem, body: unknown, sent: Sent = {}) => {
  const type = typeof body === "string" ? "application/xml" : "application/json"
  return send(system, "POST", "/query", {
    host: `t1.${system.domain}`,
    ...sent,
    headers: { "content-type": type, accept: type, ...sent.headers },
    body: sent.body ?? (typeof body === "string" ? body : JSON.stringify(body))
  })
}

interface Result {
  readonly query: Readonly<Record<string, unknown>>
  readonly resultSet: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly status: Readonly<Record<string, unknown>>
  readonly facets?: unknown
  readonly contentProperties?: unknown
}

/** What a query that has to work finds, as JSON. */
export const find = (system: HcpSystem.HcpSystem, body: object, sent: Sent = {}) =>
  Effect.flatMap(
    query(system, body, sent),
    (answer): Effect.Effect<Result> =>
      answer.status === 200
        ? Effect.sync(() => JSON.parse(answer.text).queryResult)
        : Effect.die(new Error(`${answer.status} ${answer.message ?? ""}`))
  )

/** The paths, in order, of the objects that match. */
export const paths = (system: HcpSystem.HcpSystem, expression: string, more: object = {}) =>
  Effect.map(
    find(system, { object: { query: expression, count: -1, objectProperties: "objectPath", ...more } }),
    ({ resultSet }) => resultSet.map(({ objectPath }) => String(objectPath))
  )

/** What was done, e.g. `CREATED /a`. */
export const done = (system: HcpSystem.HcpSystem, operation: object = {}, sent: Sent = {}) =>
  Effect.map(
    find(
      system,
      {
        operation: {
          objectProperties: "objectPath",
          ...operation,
          systemMetadata: { changeTime: { end: 9_999_999_999_999 }, ...Reflect.get(operation, "systemMetadata") }
        }
      },
      sent
    ),
    ({ resultSet }) => resultSet.map(({ objectPath, operation }) => `${operation} ${objectPath}`)
  )

export const gzip = (text: string): Uint8Array => new Uint8Array(Zlib.gzipSync(text))
