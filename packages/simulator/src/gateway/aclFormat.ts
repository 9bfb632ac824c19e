/**
 * An access control list as it is sent: XML or JSON of the same shape.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Grant, Right } from "../Acl.ts"
import * as Document from "../mapi/format.ts"
import { type Refusal, refusal } from "./exchange.ts"

/** @internal */
export type Format = "xml" | "json"

/** @internal */
export const contentTypes: Readonly<Record<Format, string>> = { xml: "application/xml", json: "application/json" }

const rootName = "accessControlList"

const mediaType = (text: string): string => (text.split(";")[0] ?? "").trim().toLowerCase()

/**
 * The format of a body by its `Content-Type`, XML if there is none. Fails with 415.
 *
 * @internal
 */
export const sentFormat = (contentType: string | undefined): Result.Result<Format, Refusal> => {
  const type = mediaType(contentType ?? "")
  if (type === "" || type === contentTypes.xml || type === "text/xml") return Result.succeed("xml")
  return type === contentTypes.json
    ? Result.succeed("json")
    : Result.fail(refusal(415, `the media type ${type} is not supported`))
}

/**
 * The first acceptable format that an `Accept` header names, XML if it does not care. Fails with 406.
 *
 * @internal
 */
export const acceptedFormat = (accept: string | undefined): Result.Result<Format, Refusal> => {
  for (const type of (accept ?? "*/*").split(",").map(mediaType)) {
    if (type === contentTypes.json) return Result.succeed("json")
    if (type === contentTypes.xml || type === "application/*" || type === "*/*") return Result.succeed("xml")
  }
  return Result.fail(refusal(406))
}

// What comes once is not in an array, whether XML cannot tell or JSON was written by hand.
const OneOrMany = <S extends Schema.Constraint>(item: S) => Schema.Union([Schema.Array(item), item])

const SentGrant = Schema.Struct({
  grantee: Schema.Struct({
    type: Schema.Literals(["user", "group"]),
    name: Schema.NonEmptyString,
    domain: Schema.optionalKey(Schema.String)
  }),
  permissions: Schema.Struct({ permission: OneOrMany(Right) })
})

const decode = Schema.decodeUnknownResult(Schema.Struct({ grant: Schema.optionalKey(OneOrMany(SentGrant)) }))

const parse = (text: string, format: Format): Effect.Effect<unknown, Refusal> =>
  format === "json"
    ? Effect.fromResult(Document.fromJson(text))
    : Effect.flatMap(Document.fromXml(text), ({ document, root }) =>
        root === rootName
          ? // An element without children has come out as text.
            Effect.succeed(document === "" ? {} : document)
          : Effect.fail(refusal(400, `the root element must be ${rootName}`))
      )

/**
 * Reads a list. Fails with 400 for what is none.
 *
 * @internal
 */
export const read = Effect.fnUntraced(function* (
  text: string,
  format: Format
): Effect.fn.Return<ReadonlyArray<Grant>, Refusal> {
  const document = yield* parse(text, format)
  const sent = decode(document)
  if (Result.isFailure(sent)) return yield* refusal(400, "the body is not an access control list")
  return Arr.ensure(sent.success.grant ?? []).map(({ grantee, permissions }) => ({
    type: grantee.type,
    name: grantee.name,
    domain: grantee.domain ?? "",
    rights: Arr.dedupe(Arr.ensure(permissions.permission))
  }))
})

/** @internal */
export const write = (grants: ReadonlyArray<Grant>, format: Format): string => {
  const document = {
    grant: grants.map(({ domain, name, rights, type }) => ({
      grantee: domain === "" ? { type, name } : { type, name, domain },
      permissions: { permission: rights }
    }))
  }
  return format === "json" ? Document.toJson(rootName, document, false) : Document.toXml(rootName, document, false)
}
