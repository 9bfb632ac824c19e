/**
 * Reading, replacing and removing CORS rules: a document inside a document, whatever the format of the outer one.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import { plainOfXml } from "../../internal/xml/plainAnswer.ts"
import * as xmlWriter from "../../internal/xml/writer.ts"
import { type InvalidInput, InvalidXml } from "../../WireReason.ts"
import { check, type Rule } from "../Cors.ts"
import { Mapi } from "../Mapi.ts"
import type { OptionalOfNamespace, OptionalOfTenant } from "../Settings.ts"
import { act, type Given, read, remove } from "./call.ts"
import { encodePlain } from "./encode.ts"
import * as fields from "./fields.ts"
import { inTenant } from "./optionKinds.ts"

const texts = fields.repeated(fields.text({ min: 1 }))

const CorsRule = fields.struct({
  ID: fields.text(),
  AllowedOrigin: texts,
  AllowedMethod: fields.repeated(fields.oneOf(["GET", "PUT", "POST", "DELETE", "HEAD"])),
  AllowedHeader: texts,
  ExposeHeader: texts,
  MaxAgeSeconds: fields.int({ min: 0 })
})

const Configuration = fields.struct({ CORSRule: fields.repeated(CorsRule) }, { required: ["CORSRule"] })

/** The rules of a plain `CORSConfiguration`. */
const rulesOf = (plain: unknown): ReadonlyArray<Rule> => {
  const decoded = Schema.decodeUnknownResult(Configuration)(plain)
  const rules = Result.isSuccess(decoded) ? (decoded.success.CORSRule ?? []) : []
  return rules.map((rule) => ({
    id: rule.ID,
    allowedOrigins: rule.AllowedOrigin ?? [],
    allowedMethods: rule.AllowedMethod ?? [],
    allowedHeaders: rule.AllowedHeader,
    exposeHeaders: rule.ExposeHeader,
    maxAgeSeconds: rule.MaxAgeSeconds
  }))
}

/** The body that sets rules: `<cors>`, and in it the configuration as a text. */
const bodyOf = (rules: ReadonlyArray<Rule>): Result.Result<string, InvalidInput> =>
  Result.gen(function* () {
    const plain = yield* encodePlain(Configuration, {
      CORSRule: (yield* check(rules)).map((rule) => ({
        ID: rule.id,
        AllowedOrigin: rule.allowedOrigins,
        AllowedMethod: rule.allowedMethods,
        AllowedHeader: rule.allowedHeaders,
        ExposeHeader: rule.exposeHeaders,
        MaxAgeSeconds: rule.maxAgeSeconds
      }))
    })
    const configuration = yield* xmlWriter.ofPlain(plain, "CORSConfiguration")
    return yield* xmlWriter.document(xmlWriter.element("cors", {}, configuration.replace(/^<\?xml[^>]*\?>/, "")))
  })

/** The rules. Fails with `NotFound` where there are none. */
const readCors = Effect.fnUntraced(function* <Path extends string>(
  path: Path,
  given: Given<Path>
): Effect.fn.Return<ReadonlyArray<Rule>, HcpError, Mapi> {
  const plain = yield* read({ path, format: "xml", read: fields.anything }, given)
  const inner = Predicate.hasProperty(plain, "cors") ? plain.cors : plain
  if (typeof inner === "string") {
    if (inner.trim() === "") return []
    const mapi = yield* Mapi
    const bytes = new TextEncoder().encode(inner.trim())
    const about = { operation: "GET", target: mapi.fqdn, path: `/mapi${path}` }
    // Said without a quotation: the text may hold anything.
    const detail = "its CORS rules are no XML that can be read"
    const rules = Effect.catchReason(plainOfXml(bytes, about), "HcpError", "InvalidXml", () =>
      Effect.fail(new HcpError({ ...about, reached: "answer", reason: new InvalidXml({ detail }) }))
    )
    return rulesOf(yield* rules)
  }
  return rulesOf(Predicate.hasProperty(inner, "CORSConfiguration") ? inner.CORSConfiguration : inner)
})

/** Replaces the rules. */
const replaceCors = Effect.fnUntraced(function* <Path extends string>(
  path: Path,
  given: Given<Path>,
  rules: ReadonlyArray<Rule>
): Effect.fn.Return<void, HcpError, Mapi> {
  const body = bodyOf(rules)
  if (Result.isFailure(body)) {
    const mapi = yield* Mapi
    return yield* new HcpError({
      operation: "PUT",
      target: mapi.fqdn,
      path: `/mapi${path}`,
      reason: body.failure
    })
  }
  yield* act({ path, format: "xml" }, given, {
    method: "PUT",
    query: {},
    body: { raw: HcpBody.text(body.success), type: "application/xml" },
    idempotent: true
  })
})

/** Removes the rules; that there are none is as good. */
const removeCors = <Path extends string>(path: Path, given: Given<Path>): Effect.Effect<void, HcpError, Mapi> =>
  Effect.catchReason(remove(path, given), "HcpError", "NotFound", () => Effect.void)

const findCors = <Path extends string>(path: Path, given: Given<Path>) =>
  readCors(path, given).pipe(
    Effect.map(Option.some),
    Effect.catchReason("HcpError", "NotFound", () => Effect.succeedNone)
  )

/** The rules of a tenant. */
export const corsOfTenant = (): OptionalOfTenant<ReadonlyArray<Rule>> => {
  const path = "/tenants/{tenant}/cors"
  return {
    get: (place) => readCors(path, inTenant(place)),
    find: (place) => findCors(path, inTenant(place)),
    modify: (rules, place) => replaceCors(path, inTenant(place), rules),
    delete: (place) => removeCors(path, inTenant(place))
  }
}

/** The rules of a namespace. */
export const corsOfNamespace = (): OptionalOfNamespace<ReadonlyArray<Rule>> => {
  const path = "/tenants/{tenant}/namespaces/{namespace}/cors"
  return {
    get: (namespace, place) => readCors(path, { ...inTenant(place), namespace }),
    find: (namespace, place) => findCors(path, { ...inTenant(place), namespace }),
    modify: (namespace, rules, place) => replaceCors(path, { ...inTenant(place), namespace }, rules),
    delete: (namespace, place) => removeCors(path, { ...inTenant(place), namespace })
  }
}
