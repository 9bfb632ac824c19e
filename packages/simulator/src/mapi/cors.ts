/**
 * `cors` of a tenant and of a namespace: the rules for scripts of other origins, one piece of XML that is kept as it
 * is.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { isBranch } from "../internal/document.ts"
import * as Xml from "../internal/xml.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { readers, writers } from "./access.ts"
import { fromJson, fromXml } from "./format.ts"
import * as MediaTypes from "./mediaTypes.ts"
import { changeNamespace, changeTenant, namespaceOf, tenantOf } from "./place.ts"
import { type Call, done, type Reply, type Resource } from "./router.ts"

const rootOf = "CORSConfiguration"

const checkRules = (rules: unknown): Effect.Effect<string, Refusal> => {
  const bad = refusal(400, `the value of cors is not valid: it must be a ${rootOf} in XML`)
  if (typeof rules !== "string") return Effect.fail(bad)
  return Effect.matchEffect(fromXml(rules), {
    onFailure: () => Effect.fail(bad),
    onSuccess: ({ root }) => (root === rootOf ? Effect.succeed(rules) : Effect.fail(bad))
  })
}

/** The rules in the body: in a `cors` element or property, or as they are. */
const rulesOf = Effect.fnUntraced(function* ({ request, text }: Call): Effect.fn.Return<string, Refusal> {
  const format = yield* MediaTypes.sent(request)
  const body = yield* text
  if (format === "json") {
    const document = yield* Effect.fromResult(fromJson(body))
    return yield* checkRules(isBranch(document) ? document.cors : document)
  }
  const { document, root } = yield* fromXml(body)
  return yield* checkRules(root === "cors" ? document : body)
})

const shown = (call: Call, rules: string | undefined): Effect.Effect<Reply, Refusal> => {
  if (rules === undefined) return Effect.fail(refusal(404, "no rules for cross-origin requests are set"))
  return Effect.succeed(
    call.format === "xml"
      ? {
          _tag: "Text",
          contentType: "application/xml",
          text: `${Xml.declaration}<cors><![CDATA[${rules.replaceAll("]]>", "]]]]><![CDATA[>")}]]></cors>`
        }
      : { _tag: "Document", root: "cors", document: { cors: rules } }
  )
}

interface Holder {
  readonly cors?: string
}

const set =
  <A extends Holder>(rules: string | undefined) =>
  ({ cors, ...rest }: A): Result.Result<Omit<A, "cors"> & Holder, Refusal> => {
    if (rules === undefined && cors === undefined) {
      return Result.fail(refusal(404, "no rules for cross-origin requests are set"))
    }
    return Result.succeed(rules === undefined ? rest : { ...rest, cors: rules })
  }

const resource = (
  path: string,
  read: (call: Call) => Effect.Effect<string | undefined, Refusal>,
  write: (call: Call, rules: string | undefined) => Effect.Effect<void, Refusal | SimulatorError>
): Resource => ({
  path,
  get: { access: readers, run: (call) => Effect.flatMap(read(call), (rules) => shown(call, rules)) },
  put: {
    access: writers,
    run: (call) =>
      read(call).pipe(
        Effect.andThen(rulesOf(call)),
        Effect.flatMap((rules) => write(call, rules)),
        Effect.as(done)
      )
  },
  delete: { access: writers, run: (call) => Effect.as(write(call, undefined), done) }
})

/** @internal */
export const cors: ReadonlyArray<Resource> = [
  resource(
    "/tenants/{tenant}/cors",
    (call) => Effect.map(tenantOf(call), (tenant) => tenant.cors),
    (call, rules) => changeTenant(call, (tenant) => set<typeof tenant>(rules)(tenant))
  ),
  resource(
    "/tenants/{tenant}/namespaces/{namespace}/cors",
    (call) => Effect.map(namespaceOf(call), ({ namespace }) => namespace.cors),
    (call, rules) => changeNamespace(call, (namespace) => set<typeof namespace>(rules)(namespace))
  )
]
