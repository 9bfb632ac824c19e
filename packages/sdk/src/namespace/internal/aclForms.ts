/**
 * An access control list as XML and as JSON.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { HcpError } from "../../HcpError.ts"
import * as xml from "../../internal/xml/reader.ts"
import * as xmlWriter from "../../internal/xml/writer.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import type { Redact } from "../../Redactor.ts"
import type { InvalidInput } from "../../WireReason.ts"
import type { XmlElement } from "../../XmlDocument.ts"
import type { Acl, Grant, Grantee, Permission } from "../AclGrants.ts"

/** Where a list comes from, for the error. */
export interface From {
  readonly operation: string
  readonly target?: string | undefined
  readonly path?: string | undefined
  readonly redact?: Redact | undefined
}

/** Fails with `InvalidInput` for names that XML cannot carry. */
export const writeXml = ({ grants }: Acl): Result.Result<string, InvalidInput> => {
  const { element } = xmlWriter
  return xmlWriter.document(
    element(
      "accessControlList",
      {},
      ...grants.map(({ grantee: { domain, name, type }, permissions }) =>
        element(
          "grant",
          {},
          element(
            "grantee",
            {},
            element("type", {}, type),
            element("name", {}, name),
            domain === undefined ? undefined : element("domain", {}, domain)
          ),
          element("permissions", {}, ...permissions.map((permission) => element("permission", {}, permission)))
        )
      )
    )
  )
}

export const writeJson = ({ grants }: Acl): string =>
  JSON.stringify({
    grant: grants.map(({ grantee: { domain, name, type }, permissions }) => ({
      grantee: { type, name, domain },
      permissions: { permission: permissions }
    }))
  })

/** A value as it came: a record, a list, or a text. */
type Raw = unknown

/** Reads a list in XML: fails with `InvalidXml` and `UnexpectedAnswer`. */
export const parseXml = (bytes: Uint8Array, from: From): Effect.Effect<Acl, HcpError> =>
  Effect.flatMap(Stream.runCollect(xml.elements(Stream.succeed(bytes), 1, from)), ([root]) =>
    root?.name === "accessControlList"
      ? toAcl({ grant: root.children.filter(({ name }) => name === "grant").map(toRaw) }, from)
      : fail(from, "its root is not the element accessControlList")
  )

/** The children by name; lists where there are several. */
const toRaw = ({ children, text }: XmlElement): Raw => {
  if (children.length === 0) return text.trim()
  const raw: Record<string, Raw> = {}
  for (const child of children) {
    const value = toRaw(child)
    const before = raw[child.name]
    raw[child.name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return raw
}

/** Reads a list in JSON: fails with `UnexpectedAnswer`. */
export const parseJson = (text: string, from: From): Effect.Effect<Acl, HcpError> =>
  Result.match(
    Result.try((): unknown => JSON.parse(text)),
    {
      onFailure: () => fail(from, "it is not JSON"),
      onSuccess: (raw) => toAcl(property(raw, "accessControlList") ?? raw, from)
    }
  )

const fail = ({ operation, path, target }: From, detail: string): Effect.Effect<never, HcpError> =>
  Effect.fail(new HcpError({ operation, target, path, reached: "answer", reason: new UnexpectedAnswer({ detail }) }))

const property = (raw: Raw, name: string): Raw => (Predicate.hasProperty(raw, name) ? raw[name] : undefined)

// One of a list's elements may come without the list.
const toList = (raw: Raw): ReadonlyArray<Raw> =>
  Array.isArray(raw) ? raw : raw === undefined || raw === null || raw === "" ? [] : [raw]

const toAcl = (raw: Raw, from: From): Effect.Effect<Acl, HcpError> => {
  if (!Predicate.isObject(raw)) return fail(from, "it is not an access control list")
  const grants: Array<Grant> = []
  for (const [index, each] of toList(property(raw, "grant")).entries()) {
    const grant = toGrant(each)
    if (typeof grant === "string") return fail(from, `grant ${index + 1} ${grant}`)
    grants.push(grant)
  }
  return Effect.succeed({ grants })
}

const known: ReadonlyMap<string, Permission> = new Map(
  (["READ", "READ_ACL", "WRITE", "WRITE_ACL", "DELETE"] as const).map((permission) => [permission, permission])
)

const toGrant = (raw: Raw): Grant | string => {
  const grantee = toGrantee(property(raw, "grantee"))
  if (typeof grantee === "string") return grantee
  const holder = property(raw, "permissions")
  const permissions: Array<Permission> = []
  for (const each of toList(Array.isArray(holder) ? holder : property(holder, "permission"))) {
    const permission = typeof each === "string" ? known.get(each.trim().toUpperCase()) : undefined
    if (permission === undefined) return "has a permission that is not known"
    if (!permissions.includes(permission)) permissions.push(permission)
  }
  return { grantee, permissions }
}

const toGrantee = (raw: Raw): Grantee | string => {
  const type = property(raw, "type")
  const name = property(raw, "name")
  const domain = property(raw, "domain")
  const kind = typeof type === "string" ? type.trim().toLowerCase() : undefined
  if (kind !== "user" && kind !== "group") return "is to neither a user nor a group"
  if (typeof name !== "string" || name === "") return "is to somebody without a name"
  return typeof domain === "string" && domain !== "" ? { type: kind, name, domain } : { type: kind, name }
}
