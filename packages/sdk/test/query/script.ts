import { assert } from "@effect/vitest"
import { Context, Effect, Layer, Stream } from "effect"
import * as HcpClient from "../../src/HcpClient.ts"
import * as MetadataQuery from "../../src/query/MetadataQuery.ts"
import * as Target from "../../src/Target.ts"
import type { WireRequest } from "../../src/Transport.ts"
import { makeTarget, type Step, script, type TargetOptions } from "../utils/ScriptedNodes.ts"

export const tenant = "finance.hcp1.example.com"

/** Runs an effect over nodes that do these steps, all of them, and gives what came of it and what was sent. */
export const over = <A, E>(
  steps: ReadonlyArray<Step>,
  use: (query: MetadataQuery.Shape) => Effect.Effect<A, E>,
  options: MetadataQuery.Options = {},
  target: TargetOptions = {}
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const nodes = script(...steps)
      const layer = MetadataQuery.layer(options).pipe(
        Layer.provide(HcpClient.layer),
        Layer.provide(Layer.effect(Target.Target, makeTarget(nodes, { fqdn: tenant, ...target })))
      )
      const query = Context.get(yield* Effect.orDie(Layer.build(layer)), MetadataQuery.MetadataQuery)
      const value = yield* use(query)
      assert.lengthOf(nodes.steps, 0, "steps of the script that were not used")
      const sent = yield* Effect.forEach(nodes.calls, ({ request }) => bodyText(request))
      return { value, sent, calls: nodes.calls, nodes: nodes.nodes }
    })
  )

const bodyText = ({ body }: WireRequest) => {
  if (body === undefined) return Effect.succeed("")
  const parts = body instanceof Uint8Array ? Stream.make(body) : body
  return Effect.map(Stream.runCollect(parts), (chunks) => Buffer.concat(chunks).toString())
}

export const xml = (body: string): Step => ({
  status: 200,
  headers: { "Content-Type": "application/xml;charset=UTF-8" },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="/static/xsd/query-result-9.0.xsd">${body}</queryResult>`
})

export const json = (queryResult: unknown): Step => ({
  status: 200,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ queryResult })
})

export const urlOf = (name: string): string => `https://n1.finance.hcp1.example.com/rest/${name}`

/** A page of objects, each written `<name>@<change time>`. */
export const page = (objects: ReadonlyArray<string>, code: "COMPLETE" | "INCOMPLETE", totalResults?: number): Step =>
  json({
    query: { expression: "" },
    resultSet: objects.map((object) => {
      const [name = "", changeTimeMilliseconds] = object.split("@")
      return { urlName: urlOf(name), changeTimeMilliseconds, version: 64, operation: "CREATED" }
    }),
    status: { totalResults, results: objects.length, message: "", code }
  })
