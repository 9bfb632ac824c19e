/**
 * Brings one entry to HCP, so that it is there once, however often it has to be tried.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import * as BodyDigest from "@effect-hcp/sdk/BodyDigest"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { Shape } from "@effect-hcp/sdk/Namespace"
import type { PutOptions, Stored } from "@effect-hcp/sdk/StoreOptions"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Content as Given } from "./accept.ts"
import type { EntryRow } from "./databaseProtocol.ts"
import * as Directory from "./directory.ts"
import { type Operation, revived } from "./operation.ts"

/** What an entry holds, ready to be sent as often as needed. */
export interface Content {
  readonly body: HcpBody.HcpBody
  readonly annotation: Uint8Array
}

/** The body of an entry. */
export const contentOf = (
  directory: Directory.Directory,
  { file, size }: EntryRow,
  content: { readonly body: Uint8Array | null; readonly annotation: Uint8Array | null }
): Content => {
  const annotation = content.annotation ?? new Uint8Array()
  const body =
    file === null
      ? HcpBody.bytes(content.body ?? new Uint8Array())
      : HcpBody.file(Directory.fileOf(directory, file), { length: size - annotation.length })
  return { body, annotation }
}

/** What was kept is not what was accepted: the disk lost or changed it. */
export class Damaged extends Data.TaggedError("Damaged")<{ readonly detail: string }> {
  override get message(): string {
    return `what is in the spool is not what was accepted: ${this.detail}; nothing was sent, discard the entry and store it again`
  }
}

/** A fault of a program: of this one, or of the namespace. Nobody knows whether HCP has the entry. */
export class Defective extends Data.TaggedError("Defective")<{ readonly detail: string }> {
  override get message(): string {
    return `it could not be sent, and HCP may have it or not: ${this.detail}; report that, then try it again or discard it`
  }
}

/**
 * The delivery of a body, which fails where that is not as it was accepted. An archive must not get what a disk has
 * made of it.
 */
export const verified = <A, E>(
  { sha256 }: EntryRow,
  { body }: Content,
  delivery: Effect.Effect<A, E>
): Effect.Effect<A, E | Damaged> => {
  const compared = (hex: string): Effect.Effect<A, E | Damaged> =>
    hex === sha256 ? delivery : Effect.fail(new Damaged({ detail: `its SHA-256 is ${hex}, and was ${sha256}` }))
  if (sha256 === null) return delivery
  if (body._tag === "Bytes") return compared(crypto.hash("sha256", body.bytes))
  return Effect.matchEffect(BodyDigest.digest(body, "SHA-256"), {
    onFailure: ({ message }) => Effect.fail(new Damaged({ detail: message })),
    onSuccess: ({ hash }) => compared(hash.hex)
  })
}

/**
 * Delivers it. The database says already that HCP may have it; `row.sent` says that an attempt before may have reached
 * HCP, so that it is looked for before it is sent once more.
 */
export const deliver = (
  ns: Shape,
  row: Pick<EntryRow, "path" | "sent">,
  operation: Operation,
  content: Content
): Effect.Effect<Stored | undefined, HcpError> => {
  const { path } = row
  switch (operation._tag) {
    case "Put":
      return store(ns, row, { ...revived(operation.settings), ifExists: operation.ifExists }, content)
    case "PutWithAnnotation":
      return storeWithAnnotation(ns, row, operation, content)
    case "PutAnnotation":
      return Effect.as(ns.annotations.put(path, operation.name, content.body), undefined)
    case "DeleteAnnotation":
      return Effect.as(ns.annotations.delete(path, operation.name), undefined)
    case "Modify":
      return Effect.as(ns.modify(path, revived(operation.changes)), undefined)
    case "Delete": {
      const { privileged, purge } = operation
      return ns.delete(path, { purge, privileged }).pipe(
        // It is gone, whoever deleted it.
        Effect.catchReason("HcpError", "NotFound", () => Effect.void),
        Effect.as(undefined)
      )
    }
  }
}

const store = (
  ns: Shape,
  { path, sent }: Pick<EntryRow, "path" | "sent">,
  options: PutOptions,
  { body }: Content
): Effect.Effect<Stored, HcpError> => {
  const { ifExists = "fail" } = options
  const put = ns.put(path, body, options)
  // The same bytes are there: by an attempt before, or by somebody else.
  const found = () => ns.put(path, body, { ...options, ifExists: "skip" })
  if (sent) {
    return ifExists === "newVersion" || ifExists === "replace"
      ? Effect.catchReason(found(), "HcpError", "ObjectExists", () => put)
      : found()
  }
  if (ifExists !== "fail") return put
  return Effect.catchReason(put, "HcpError", "ObjectExists", (_, error) =>
    Effect.catch(found(), () => Effect.fail(error))
  )
}

const storeWithAnnotation = (
  ns: Shape,
  { path, sent }: Pick<EntryRow, "path" | "sent">,
  operation: Extract<Operation, { readonly _tag: "PutWithAnnotation" }>,
  { annotation, body }: Content
): Effect.Effect<Stored, HcpError> => {
  const { ifExists, isXml, name } = operation
  const settings = revived(operation.settings)
  const given = isXml ? new TextDecoder().decode(annotation) : annotation
  const put = ns.putWithAnnotation(path, body, given, { ...settings, name, ifExists })
  if (!sent) return put
  // Data and annotation came in one step, or neither did.
  const found = Effect.tap(ns.put(path, body, { ...settings, ifExists: "skip" }), ns.annotations.put(path, name, given))
  return ifExists === "newVersion" ? Effect.catchReason(found, "HcpError", "ObjectExists", () => put) : found
}

/** Sends a write that is in no spool. */
export const sendNow = (
  ns: Shape,
  path: string,
  operation: Operation,
  { annotation = new Uint8Array(), body = HcpBody.empty }: Given
): Effect.Effect<Stored | undefined, HcpError> => deliver(ns, { path, sent: false }, operation, { body, annotation })
