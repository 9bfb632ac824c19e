/**
 * Cross-origin rules of a bucket: from which web pages browsers may use it. A bucket without rules of its own has those
 * of the tenant. A rule is the same as in the management API (`Namespaces.cors`).
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on cross-origin resource sharing.
 *
 * @since 0.1.0
 */

import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Method, Rule } from "@effect-hcp/sdk/mapi/Cors"
import * as Cors from "@effect-hcp/sdk/mapi/Cors"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { CallOptions } from "./CallOptions.ts"
import { children, countOf, textOf } from "./internal/answerXml.ts"
import { checked, invalid, type S3Request, send, sendXml } from "./internal/gateway.ts"
import { callKinds } from "./internal/optionKinds.ts"
import { sendDelete } from "./internal/removeObject.ts"
import { xmlBody } from "./internal/xmlBody.ts"
import * as S3 from "./S3.ts"

export type { Method, Rule }

const root = "CORSConfiguration"

/**
 * The rules of a bucket. Fails with `S3Refused` (`notFound`) where it has no rules of its own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (bucket: string, options?: CallOptions): Effect.Effect<ReadonlyArray<Rule>, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gatewayFor({ method: "GET", bucket }, options, callKinds)
    const answer = yield* sendXml(gateway, { method: "GET", bucket, query: { cors: "" }, options }, root)
    return children(answer.root, "CORSRule").map(ruleOf)
  })

/**
 * The rules of a bucket, if it has any of its own.
 *
 * @category combinators
 * @since 0.1.0
 */
export const find = (
  bucket: string,
  options?: CallOptions
): Effect.Effect<Option.Option<ReadonlyArray<Rule>>, HcpError, S3.S3> =>
  get(bucket, options).pipe(
    Effect.map(Option.some),
    Effect.catchIf(
      ({ reason }: HcpError) =>
        reason._tag === "S3Refused" && reason.category === "notFound" && reason.code !== "NoSuchBucket",
      () => Effect.succeedNone
    )
  )

const ruleOf = (element: Xml.XmlElement): Rule => {
  const texts = (name: string) => children(element, name).map((each) => each.text.trim())
  return {
    id: textOf(element, "ID"),
    allowedOrigins: texts("AllowedOrigin"),
    allowedMethods: texts("AllowedMethod"),
    allowedHeaders: texts("AllowedHeader"),
    exposeHeaders: texts("ExposeHeader"),
    maxAgeSeconds: countOf(textOf(element, "MaxAgeSeconds"))
  }
}

/**
 * Replaces the rules of a bucket. Fails with `InvalidInput` for no rules (see `delete`), for a rule without origins or
 * methods, and for an unknown field.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  bucket: string,
  rules: ReadonlyArray<Rule>,
  options?: CallOptions
): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const request: S3Request = { method: "PUT", bucket, query: { cors: "" }, options }
    const gateway = yield* S3.gatewayFor(request, options, callKinds)
    yield* checked(request, Cors.check(rules))
    if (rules.length === 0) return yield* invalid(request, "rules", "is empty; give a rule, or use Cors.delete")
    const body = yield* checked(request, xmlBody(Xml.element(root, {}, ...rules.map(toXml))))
    yield* send(gateway, { ...request, ...body })
  })

const toXml = ({
  allowedHeaders,
  allowedMethods,
  allowedOrigins,
  exposeHeaders,
  id,
  maxAgeSeconds
}: Rule): Xml.Element => {
  const each = (name: string, texts: ReadonlyArray<string> = []) => texts.map((text) => Xml.element(name, {}, text))
  return Xml.element(
    "CORSRule",
    {},
    id === undefined ? undefined : Xml.element("ID", {}, id),
    ...each("AllowedOrigin", allowedOrigins),
    ...each("AllowedMethod", allowedMethods),
    ...each("AllowedHeader", allowedHeaders),
    ...each("ExposeHeader", exposeHeaders),
    maxAgeSeconds === undefined ? undefined : Xml.element("MaxAgeSeconds", {}, maxAgeSeconds)
  )
}

/**
 * Deletes the rules of a bucket; those of the tenant then hold.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (bucket: string, options?: CallOptions): Effect.Effect<void, HcpError, S3.S3> =>
  Effect.flatMap(S3.gatewayFor({ method: "DELETE", bucket }, options, callKinds), (gateway) =>
    Effect.asVoid(sendDelete(gateway, { method: "DELETE", bucket, query: { cors: "" }, options }))
  )

export { delete_ as delete }
