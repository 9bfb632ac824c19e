/**
 * Cross-origin rules of a bucket: from which web pages browsers may use it. A bucket without rules of its own has those
 * of the tenant.
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on cross-origin resource sharing.
 *
 * @since 0.1.0
 */

import { type HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import type { CallOptions } from "./CallOptions.ts"
import { children, countOf, textOf } from "./internal/answerXml.ts"
import { checked, refused, type S3Request, send, sendXml } from "./internal/gateway.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { sendDelete } from "./internal/removeObject.ts"
import { xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"

/**
 * A method of a rule.
 *
 * @category models
 * @since 0.1.0
 */
export type Method = "GET" | "PUT" | "POST" | "DELETE" | "HEAD"

/**
 * One rule. An origin and a header may have one `*`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  readonly id?: string | undefined
  readonly origins: ReadonlyArray<string>
  readonly methods: ReadonlyArray<Method>
  /** Headers a page may send. Defaults to none. */
  readonly headers?: ReadonlyArray<string> | undefined
  /** Headers a page may read. Defaults to none. */
  readonly exposed?: ReadonlyArray<string> | undefined
  /** For how long a browser may remember the rule. */
  readonly maxAgeSeconds?: number | undefined
}

const root = "CORSConfiguration"

/**
 * The rules of a bucket; none where it has no rules of its own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (bucket: string, options?: CallOptions): Effect.Effect<ReadonlyArray<Rule>, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket }, options, callKinds)
    const answer = yield* sendXml(gateway, { method: "GET", bucket, query: { cors: "" }, options }, root)
    return children(answer.root, "CORSRule").map(ruleOf)
  }).pipe(
    Effect.catchIf(
      ({ reason }: HcpError) =>
        reason._tag === "S3Refused" && reason.category === "notFound" && reason.code !== "NoSuchBucket",
      () => Effect.succeed([])
    )
  )

const methods: ReadonlyArray<Method> = ["GET", "PUT", "POST", "DELETE", "HEAD"]

const ruleOf = (element: Xml.XmlElement): Rule => {
  const texts = (name: string) => children(element, name).map((each) => each.text.trim())
  return {
    id: textOf(element, "ID"),
    origins: texts("AllowedOrigin"),
    methods: methods.filter((method) => texts("AllowedMethod").includes(method)),
    headers: texts("AllowedHeader"),
    exposed: texts("ExposeHeader"),
    maxAgeSeconds: countOf(textOf(element, "MaxAgeSeconds"))
  }
}

/**
 * Sets the rules of a bucket, in place of those it has. Fails with `InvalidInput` for no rules (see `delete`),
 * and for one without origin or method.
 *
 * @category combinators
 * @since 0.1.0
 */
export const put = (
  bucket: string,
  rules: ReadonlyArray<Rule>,
  options?: CallOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gateway
    const request: S3Request = { method: "PUT", bucket, query: { cors: "" }, options }
    if (rules.length === 0 || rules.some(({ methods, origins }) => methods.length === 0 || origins.length === 0)) {
      const detail = "needs a rule, and every rule an origin and a method"
      return yield* refused(request, new InvalidInput({ field: "rules", detail }))
    }
    const body = yield* checked(request, xmlBody(Xml.element(root, {}, ...rules.map(toXml))))
    yield* send(gateway, { ...request, ...body })
  })

const toXml = ({ exposed, headers, id, maxAgeSeconds, methods, origins }: Rule): Xml.Element => {
  const each = (name: string, texts: ReadonlyArray<string> = []) => texts.map((text) => Xml.element(name, {}, text))
  return Xml.element(
    "CORSRule",
    {},
    id === undefined ? undefined : Xml.element("ID", {}, id),
    ...each("AllowedOrigin", origins),
    ...each("AllowedMethod", methods),
    ...each("AllowedHeader", headers),
    ...each("ExposeHeader", exposed),
    maxAgeSeconds === undefined ? undefined : Xml.element("MaxAgeSeconds", {}, maxAgeSeconds)
  )
}

/**
 * Takes the rules of a bucket away; those of the tenant then hold.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (bucket: string, options?: CallOptions): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "DELETE", bucket }, options, callKinds), (gateway) =>
    Effect.asVoid(sendDelete(gateway, { method: "DELETE", bucket, query: { cors: "" }, options }))
  )

export { delete_ as delete }
