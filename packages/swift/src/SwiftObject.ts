/**
 * Objects at the Swift gateway: store, read, look, copy, delete.
 *
 * HCP is a WORM store: an object is replaced only in a container that keeps versions. Names are paths. There are no
 * segments, no bulk requests, no versions and no expiry: whatever asks for them is refused before a byte is sent.
 *
 * Every function fails with the reasons of the client besides those named, and with `InvalidInput`, before anything is
 * sent, for a container or object that cannot be one.
 *
 * **Example** (store, read a part)
 *
 * ```ts
 * import { SwiftObject } from "@effect-hcp/swift"
 * import { ByteRange, HcpBody } from "@effect-hcp/sdk"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   yield* SwiftObject.put("finance", "q4/report.pdf", HcpBody.file("report.pdf"), {
 *     contentType: "application/pdf",
 *     metadata: { department: "sales" }
 *   })
 *   return yield* SwiftObject.get("finance", "q4/report.pdf", { range: ByteRange.between(0, 1023) })
 * })
 * ```
 *
 * Source: "Using the HCP HSwift API", chapter on working with objects.
 *
 * @since 0.1.0
 */
import { type CallOptions, callKinds } from "@effect-hcp/sdk/CallKinds"
import type * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as ObjectRead from "@effect-hcp/sdk/ObjectRead"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import { reconcile } from "@effect-hcp/sdk/Reconcile"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as copying from "./internal/copyObject.ts"
import { accepted, call, type SwiftRequest } from "./internal/gateway.ts"
import * as Kind from "./internal/optionKinds.ts"
import * as reading from "./internal/readObject.ts"
import * as storing from "./internal/storeObject.ts"
import * as Swift from "./Swift.ts"
import type { SwiftObjectMetadata } from "./SwiftObjectMetadata.ts"
import type {
  Changes,
  CopyOptions,
  GetOptions,
  HeadOptions,
  OpenObject,
  OpenOptions,
  PutOptions,
  Source,
  Stored,
  StoredObject
} from "./SwiftObjectOptions.ts"

export * from "./SwiftObjectOptions.ts"

// The compiler says here which option has no kind.
const kinds: {
  readonly put: KindsOf<PutOptions>
  readonly get: KindsOf<GetOptions>
  readonly open: KindsOf<OpenOptions>
  readonly head: KindsOf<HeadOptions>
  readonly copy: KindsOf<CopyOptions>
  readonly changes: KindsOf<Changes>
} = {
  put: Kind.putKinds,
  get: Kind.getKinds,
  open: Kind.openKinds,
  head: Kind.headKinds,
  copy: Kind.copyKinds,
  changes: Kind.changeKinds
}

/**
 * Stores an object. A stream without a length is sent in chunks.
 *
 * Fails with `Conflict` where there is an object of this name, unless `ifExists` says otherwise. If an answer is lost,
 * and the attempt after it is refused because there is an object, that is a success where it has the same size and MD5.
 *
 * @category combinators
 * @since 0.1.0
 */
export const put = (
  container: string,
  object: string,
  body: HcpBody.Input,
  options?: PutOptions
): Effect.Effect<Stored, HcpError, Swift.Swift> =>
  Effect.flatMap(Swift.gatewayFor({ method: "PUT", container, object }, options, kinds.put), (gateway) =>
    storing.put(gateway, container, object, body, options)
  )

/**
 * Reads an object, or a part of it, into memory. A body that breaks off is read again.
 *
 * Fails with `NotFound`, `RangeNotSatisfiable`, `PreconditionFailed`, `NotModified`, `BodyTooLarge`, `IntegrityError`,
 * and with `UnexpectedAnswer` where another part was sent than was asked for.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (
  container: string,
  object: string,
  options?: GetOptions
): Effect.Effect<StoredObject, HcpError, Swift.Swift> =>
  Effect.flatMap(Swift.gatewayFor({ method: "GET", container, object }, options, kinds.get), (gateway) =>
    reading.get(gateway, container, object, options)
  )

/**
 * What is said about an object, and its data as a stream; the connection is held until the scope closes. Fails as
 * {@link get}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const open = (
  container: string,
  object: string,
  options?: OpenOptions
): Effect.Effect<OpenObject, HcpError, Swift.Swift | Scope.Scope> =>
  Effect.flatMap(Swift.gatewayFor({ method: "GET", container, object }, options, kinds.open), (gateway) =>
    reading.open(gateway, container, object, options)
  )

/**
 * The data of an object as a stream with back-pressure. Fails as {@link get}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const stream = (
  container: string,
  object: string,
  options?: OpenOptions
): Stream.Stream<Uint8Array, HcpError, Swift.Swift> => ObjectRead.streamOf(open(container, object, options))

/**
 * What is said about an object or a folder.
 *
 * @category combinators
 * @since 0.1.0
 */
export const head = (
  container: string,
  object: string,
  options?: HeadOptions
): Effect.Effect<SwiftObjectMetadata, HcpError, Swift.Swift> =>
  Effect.flatMap(Swift.gatewayFor({ method: "HEAD", container, object }, options, kinds.head), (gateway) =>
    reading.head(gateway, container, object, options)
  )

/**
 * Whether there is an object or a folder. Not being allowed to know is an error.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (
  container: string,
  object: string,
  options?: HeadOptions
): Effect.Effect<boolean, HcpError, Swift.Swift> =>
  Effect.catchReason(Effect.as(head(container, object, options), true), "HcpError", "NotFound", () =>
    Effect.succeed(false)
  )

/**
 * Copies an object inside HCP, from this container or another one of the account.
 *
 * Fails with `NotFound` (no such source), `PreconditionFailed`, and `Conflict` where the target exists and the container
 * keeps no versions.
 *
 * @category combinators
 * @since 0.1.0
 */
export const copy = (
  from: Source,
  container: string,
  object: string,
  options?: CopyOptions
): Effect.Effect<Stored, HcpError, Swift.Swift> =>
  Effect.flatMap(Swift.gatewayFor({ method: "COPY", container, object }, options, kinds.copy), (gateway) =>
    copying.copy(gateway, from, container, object, options)
  )

/**
 * Modifies what is said about an object: its user metadata, all of it at once, and its type. Without `metadata` that of
 * the object stays; for that it is looked at first.
 *
 * OpenStack has it; HCP's manual tells of metadata only where objects are stored and copied.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  container: string,
  object: string,
  changes: Changes,
  options?: CallOptions
): Effect.Effect<void, HcpError, Swift.Swift> =>
  Effect.andThen(
    Swift.gatewayFor({ method: "POST", container, object }, changes, kinds.changes),
    Effect.flatMap(Swift.gatewayFor({ method: "POST", container, object }, options, callKinds), (gateway) =>
      copying.modify(gateway, container, object, changes ?? {}, options)
    )
  )

/**
 * Deletes an object or an empty folder. Fails with `NotFound`, and with `Forbidden` or `Conflict` under retention.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (
  container: string,
  object: string,
  options?: CallOptions
): Effect.Effect<void, HcpError, Swift.Swift> =>
  Effect.gen(function* () {
    const about = { method: "DELETE", container, object } as const
    const request: SwiftRequest = { ...about, options }
    const gateway = yield* Swift.gatewayFor(about, options, callKinds)
    const reply = yield* call(gateway, request)
    yield* reconcile("delete", reply, Effect.succeed(reply), accepted(gateway, request, reply))
  })

export { delete_ as delete }
