import { assert } from "@effect/vitest"
import { Context, Effect, Layer, Stream } from "effect"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Target from "../../src/Target.ts"
import type { WireRequest } from "../../src/Transport.ts"
import { makeTarget, type ScriptedNodes, type Step, script, type TargetOptions } from "../utils/ScriptedNodes.ts"

export const admin = "admin.hcp1.example.com"
export const finance = "finance.hcp1.example.com"

/** The management API over scripted nodes. */
export const layerOver = (
  nodes: ScriptedNodes,
  options: Mapi.Options = {},
  target: TargetOptions = {}
): Layer.Layer<Mapi.Mapi, unknown> =>
  Mapi.layer(options).pipe(
    Layer.provide(HcpClient.layer),
    Layer.provide(Layer.effect(Target.Target, makeTarget(nodes, { fqdn: finance, port: 9090, ...target })))
  )

/** Runs an effect over nodes that do these steps, all of them, and gives what it saw and what was sent. */
export const over = <A, E>(
  steps: ReadonlyArray<Step>,
  effect: Effect.Effect<A, E, Mapi.Mapi>,
  options: Mapi.Options = {},
  target: TargetOptions = {}
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const nodes = script(...steps)
      const context = yield* Effect.orDie(Layer.build(layerOver(nodes, options, target)))
      const value = yield* Effect.provideService(effect, Mapi.Mapi, Context.get(context, Mapi.Mapi))
      assert.lengthOf(nodes.steps, 0, "steps of the script that were not used")
      const sent = yield* Effect.forEach(nodes.calls, ({ header, request }) =>
        Effect.map(bodyText(request), (body) => ({
          line: `${request.method} ${request.path}`,
          body,
          type: header("content-type"),
          accept: header("accept")
        }))
      )
      return { value, sent, calls: nodes.calls }
    })
  )

const bodyText = (request: WireRequest) => {
  const { body } = request
  if (body === undefined) return Effect.succeed("")
  const parts = body instanceof Uint8Array ? Stream.make(body) : body
  return Effect.map(Stream.runCollect(parts), (chunks) => Buffer.concat(chunks).toString())
}

export const xml = (body: string): Step => ({
  status: 200,
  headers: { "Content-Type": "application/xml;charset=UTF-8" },
  body: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${body}`
})

export const json = (body: unknown): Step => ({
  status: 200,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body)
})

export const done: Step = { status: 200 }

export const refused = (status: number, message?: string): Step => ({
  status,
  headers: message === undefined ? {} : { "X-HCP-ErrorMessage": message }
})
