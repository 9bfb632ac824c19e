/**
 * The access control lists of objects.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as HcpBody from "../../HcpBody.ts"
import type * as HcpClient from "../../HcpClient.ts"
import { HcpError } from "../../HcpError.ts"
import { mediaType } from "../../internal/xml/plainAnswer.ts"
import type { KindsOf } from "../../OptionCheck.ts"
import { NotFound } from "../../StatusReason.ts"
import { type Operations, type Options, toJson, toXml } from "../Acl.ts"
import { parseJson, parseXml } from "./aclForms.ts"
import { type About, checked, joined, misuse, wirePath } from "./call.ts"
import { restClient } from "./expectation.ts"
import * as MetadataPart from "./metadataPart.ts"
import { aclKinds } from "./optionKinds.ts"

// The compiler says here which option has no kind.
const kinds: KindsOf<Options> = aclKinds

/** HCP says of an object without a list that it has no content (204), which is no failure yet. */
const missing = (path: string): HcpError =>
  new HcpError({
    operation: "GET",
    path,
    reached: "answer",
    reason: new NotFound({ status: 204, hint: "the object has no access control list; give it one with put" })
  })

/** The access control lists of what the client talks to. */
export const acl = (anyClient: HcpClient.Shape): Operations => {
  const client = restClient(anyClient)
  const partOf = (about: About) =>
    Effect.map(wirePath(about), (rest) => ({ path: about.path, rest, query: [["type", "acl"]] as const }))
  const find: Operations["find"] = (path, options = {}) => {
    const wrong = misuse("GET", path, options, kinds)
    if (wrong !== undefined) return wrong
    const about = { operation: "GET", path }
    const { format = "xml" } = options
    const headers = joined(options.headers, [["Accept", mediaType[format]]])
    return Effect.flatMap(partOf(about), (part) => MetadataPart.get(client, part, { ...options, headers })).pipe(
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (reply) => {
            const from = { ...about, target: reply.target, redact: reply.redact }
            return Effect.asSome(format === "xml" ? parseXml(reply.bytes, from) : parseJson(reply.text, from))
          }
        })
      )
    )
  }

  return {
    get: (path, options) =>
      Effect.flatMap(
        find(path, options),
        Option.match({ onSome: Effect.succeed, onNone: () => Effect.fail(missing(path)) })
      ),
    find,
    put: (path, acl, options = {}) => {
      const wrong = misuse("PUT", path, options, kinds)
      if (wrong !== undefined) return wrong
      const about = { operation: "PUT", path }
      const { format = "xml" } = options
      return Effect.all([partOf(about), checked(about, format === "xml" ? toXml(acl) : toJson(acl))]).pipe(
        Effect.flatMap(([part, text]) =>
          MetadataPart.put(client, part, HcpBody.text(text), [["Content-Type", mediaType[format]]], options)
        ),
        Effect.asVoid
      )
    },
    delete: (path, options = {}) =>
      misuse("DELETE", path, options, kinds) ??
      Effect.flatMap(partOf({ operation: "DELETE", path }), (part) => MetadataPart.remove(client, part, options)),
    exists: (path, options = {}) =>
      misuse("HEAD", path, options, kinds) ??
      Effect.flatMap(partOf({ operation: "HEAD", path }), (part) => MetadataPart.exists(client, part, options))
  }
}
