/**
 * `POST /bucket` with a form, as browsers send it: its fields say what the headers of a PUT would, and the file comes
 * last.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Multipart from "effect/http/Multipart"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import type { Header } from "../gateway/exchange.ts"
import * as Xml from "../internal/xml.ts"
import { toKey } from "./address.ts"
import { bare, document } from "./answer.ts"
import { keep } from "./body.ts"
import type { BucketCall, Failure, ObjectCall } from "./call.ts"
import { accessKeyOf } from "./caller.ts"
import { permissionsAt } from "./permissions.ts"
import * as Policy from "./postPolicy.ts"
import { accessDenied, refuse, type S3Refusal } from "./refusal.ts"
import { withMetadata } from "./storeObject.ts"
import { checkEarly, contentTypeOf, extras, readAsked, store, versionHeaders } from "./storeVersion.ts"
import * as UserMetadata from "./userMetadata.ts"

const malformed = () =>
  refuse("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")

/** Who has signed the form; without a signature in it the header of the request counts. */
const signer = (call: BucketCall, fields: Policy.Fields): Effect.Effect<BucketCall["user"], S3Refusal> => {
  const accounts = call.core.registry.accountsOf(call.tenant)
  const find = (key: string) => accounts.find((account) => accessKeyOf(account) === key)
  return Effect.flatMap(Effect.fromResult(Policy.signerOf(fields, (key) => find(key)?.passwordMd5)), (accessKey) => {
    if (accessKey === undefined) return Effect.succeed(call.user)
    const account = find(accessKey)
    return account?.enabled === true ? Effect.succeed(account) : Effect.fail(accessDenied("the account is disabled"))
  })
}

/** The fields that stand for headers. */
const headersIn = (fields: Policy.Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...fields].flatMap(([name, value]) => {
      if (name === "acl") return [["x-amz-acl", value]]
      const isHeader = /^x-(amz|hcp)-/.test(name) || name === "content-type" || name === "content-encoding"
      // Headers come as the bytes of their UTF-8.
      return isHeader ? [[name, Buffer.from(value, "utf8").toString("latin1")]] : []
    })
  )

/** The request as if it were a PUT of the file. */
const asPut = Effect.fnUntraced(function* (
  call: BucketCall,
  fields: Policy.Fields,
  file: Multipart.File
): Effect.fn.Return<ObjectCall, Failure> {
  const name = fields.get("key")
  if (name === undefined || name === "") {
    return yield* refuse("UserKeyMustBeSpecified", "The bucket POST must contain the specified field name.")
  }
  const user = yield* signer(call, fields)
  const key = yield* Effect.fromResult(toKey(name.replace(/\$\{filename\}/g, () => file.name)))
  const { namespace, record, request } = call
  return {
    ...call,
    ...key,
    user,
    payload: undefined,
    permissions: permissionsAt(namespace, record, user, key.path),
    request: {
      ...request,
      headers: headersIn(fields),
      rawHeaders: undefined,
      body: Stream.mapError(file.content, () => "aborted" as const)
    }
  }
})

const answer = (call: ObjectCall, fields: Policy.Fields, version: ObjectVersion): GatewayResponse => {
  const { name } = call.namespace.spec
  const etag = `"${version.md5}"`
  const redirect = fields.get("success_action_redirect") ?? fields.get("redirect")
  // The door of HCP's own credentials, whichever door the request came through.
  const location = `https://${name}.${call.tenant}.${call.core.spec.domain}/hs3/${call.path.map(encodeURIComponent).join("/")}`
  const headers: ReadonlyArray<Header> = versionHeaders(call, version)
  if (redirect !== undefined && URL.canParse(redirect)) {
    const target = new URL(redirect)
    for (const [field, value] of [
      ["bucket", name],
      ["key", call.key],
      ["etag", etag]
    ] as const) {
      target.searchParams.set(field, value)
    }
    return bare(call, 303, [...headers, ["Location", target.href]])
  }
  const located: ReadonlyArray<Header> = [...headers, ["Location", location]]
  switch (fields.get("success_action_status")) {
    case "200":
      return bare(call, 200, located)
    case "201":
      return document(
        call,
        "PostResponse",
        [Xml.text("Location", location), Xml.text("Bucket", name), Xml.text("Key", call.key), Xml.text("ETag", etag)],
        { status: 201, headers: located }
      )
    default:
      return bare(call, 204, located)
  }
}

const storeFile = Effect.fnUntraced(function* (
  call: BucketCall,
  fields: Policy.Fields,
  file: Multipart.File
): Effect.fn.Return<GatewayResponse, Failure> {
  const put = yield* asPut(call, fields, file)
  const { max, min } = yield* Effect.fromResult(Policy.check(fields, call.bucket, call.now))
  if (put.isFolder) return yield* refuse("InvalidArgument", "a folder cannot be uploaded by a form")
  const asked = yield* readAsked(put)
  const metadata = yield* UserMetadata.read(put)
  yield* checkEarly(put, asked, 0)
  const s3 = extras(contentTypeOf(put), asked.lockMode)
  const version = yield* keep(put, (blob) => {
    if (blob.size > max)
      return Effect.fail(refuse("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"))
    if (blob.size < min) {
      return Effect.fail(
        refuse("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", { status: 400 })
      )
    }
    return withMetadata(put, metadata, (annotations) => store(put, { ...asked, blob, annotations, s3 }))
  })
  return answer(put, fields, version)
})

/**
 * Stores the file of a form. 204, or what `success_action_status` and `success_action_redirect` ask for; `AccessDenied`
 * where the form does not keep to its policy, `MalformedPOSTRequest` for what is no form or has no file. What comes
 * after the file is not read.
 *
 * @internal
 */
export const postForm = Effect.fnUntraced(function* (call: BucketCall): Effect.fn.Return<GatewayResponse, Failure> {
  const type = call.request.headers["content-type"] ?? ""
  if (!/^multipart\/form-data/i.test(type)) {
    return yield* refuse("InvalidRequest", "Bucket POST must be of the enclosure-type multipart/form-data")
  }
  const fields = new Map<string, string>()
  const stored = yield* call.request.body.pipe(
    Stream.mapError(malformed),
    Stream.pipeThroughChannel(Multipart.makeChannel<S3Refusal>({ ...call.request.headers })),
    Stream.mapEffect((part) => {
      if (part._tag === "File") return Effect.asSome(storeFile(call, fields, part))
      fields.set(part.key.toLowerCase(), part.value)
      return Effect.succeedNone
    }),
    Stream.filterMap((found) => (found._tag === "Some" ? Result.succeed(found.value) : Result.failVoid)),
    Stream.runHead,
    Effect.mapError((error) => (error instanceof Multipart.MultipartError ? malformed() : error))
  )
  return stored._tag === "Some" ? stored.value : yield* malformed()
})
