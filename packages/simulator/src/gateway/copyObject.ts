/**
 * PUT with `X-HCP-CopySource`: makes an object of another one, without the bytes leaving the system.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Blob } from "../Blob.ts"
import type { GatewayRequest, GatewayResponse } from "../Gateway.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { HashScheme } from "../SystemSpec.ts"
import { grantedAt } from "./accessControl.ts"
import { permissionsIn } from "./authentication.ts"
import * as CopySource from "./copySource.ts"
import { type Refusal, refusal } from "./exchange.ts"
import { checkSize, commitVersion, created, type NewVersion, versionHeaders } from "./newVersion.ts"
import type { ObjectRequest } from "./objectRequest.ts"
import * as Preconditions from "./preconditions.ts"
import { readAsked, storeDirectory } from "./storeObject.ts"

/** Whether the custom metadata is to be copied too. */
const takesMetadata = ({ request }: ObjectRequest): Effect.Effect<boolean, Refusal> => {
  const directive = (request.headers["x-hcp-metadatadirective"] ?? "NONE").trim().toUpperCase()
  return directive === "ALL" || directive === "NONE"
    ? Effect.succeed(directive === "ALL")
    : Effect.fail(refusal(400, "'X-HCP-MetadataDirective' header must be ALL or NONE."))
}

const prefix = "x-hcp-copysource-"

/** The request as if its conditions on the source were conditions on its target. */
const aboutSource = (request: GatewayRequest): GatewayRequest => ({
  ...request,
  headers: Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : []
    )
  )
})

/** Bytes that are in the store already, and what their hash was made with. */
interface Stored extends Pick<Blob, "size" | "md5" | "hash"> {
  readonly blob: string
  readonly hashScheme: HashScheme
}

/** A second blob of the same bytes: shared, or read once where the namespaces do not hash alike. */
const duplicate = (
  { core, namespace }: ObjectRequest,
  { blob, hash, hashScheme, md5, size }: Stored
): Effect.Effect<Blob, SimulatorError> =>
  hashScheme === namespace.spec.hashScheme
    ? Effect.map(core.blobs.clone(blob), (id) => ({ id, size, md5, hash }))
    : core.blobs.write(core.blobs.read(blob), namespace.spec.hashScheme)

/**
 * Duplicates what the new version needs. What was made is noted in `made`, so that it can be removed if anything fails;
 * only the duplicating itself, inside `restore`, can be interrupted.
 */
const duplicateAll = Effect.fnUntraced(function* (
  request: ObjectRequest,
  { version }: Extract<CopySource.Source, { readonly _tag: "Version" }>,
  withMetadata: boolean,
  made: Array<string>,
  restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
): Effect.fn.Return<Pick<NewVersion, "blob" | "annotations">, SimulatorError> {
  const make = (stored: Omit<Stored, "hashScheme">) =>
    Effect.tap(restore(duplicate(request, { ...stored, hashScheme: version.hashScheme })), ({ id }) =>
      Effect.sync(() => made.push(id))
    )
  const blob = yield* make(version)
  const annotations = yield* Effect.forEach(withMetadata ? version.annotations : [], (annotation) =>
    Effect.map(make(annotation), ({ hash, id }) => ({ ...annotation, blob: id, hash }))
  )
  return { blob, annotations }
})

/**
 * Copies an object, or makes an empty directory where the source is one. The source may be in another namespace of the
 * same tenant and name an old version. Its retention, hold and other system metadata stay behind: the new object gets
 * those of a PUT.
 *
 * The answers: 201; 400 for a source or directive that cannot be understood, 403 without the permissions at both ends,
 * 404 if the source is not there, 412 and 304 by the conditions on the source; else those of a PUT.
 *
 * @internal
 */
export const copyObject = Effect.fnUntraced(function* (
  request: ObjectRequest,
  value: string
): Effect.fn.Return<GatewayResponse, Refusal | SimulatorError> {
  const withMetadata = yield* takesMetadata(request)
  const { user } = request
  const source = yield* CopySource.find(
    request,
    value,
    (namespace, path) => permissionsIn(namespace, user).has("read") || grantedAt(namespace, path, user).includes("read")
  )
  if (source._tag === "Directory") return yield* storeDirectory(request)
  const asked = yield* readAsked(request)
  const unmet = Preconditions.check(aboutSource(request.request), source.version, "write")
  if (unmet !== undefined) return yield* unmet
  yield* checkSize(request, source.version.size)
  const made: Array<string> = []
  const version = yield* Effect.uninterruptibleMask((restore) =>
    duplicateAll(request, source, withMetadata, made, restore).pipe(
      Effect.flatMap((parts) => commitVersion(request, { ...asked, ...parts })),
      Effect.onError(() =>
        Effect.forEach(made, (id) => Effect.ignore(request.core.blobs.delete(id)), { discard: true })
      )
    )
  )
  return created(request, versionHeaders(version))
})
