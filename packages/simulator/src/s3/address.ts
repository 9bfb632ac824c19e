/**
 * Which door a request came through, and which bucket and key it is about.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { GatewayRequest } from "../Gateway.ts"
import type { Refusal } from "../gateway/exchange.ts"
import { encodeStray, type Parameters, parseForm } from "../gateway/requestTarget.ts"
import type { Resolved } from "../gateway/virtualHost.ts"
import type { Core, Namespace } from "../internal/core.ts"
import { defaultNamespaceKey } from "../SystemSpec.ts"
import { refuse, type S3Refusal } from "./refusal.ts"

/** @internal */
export interface Address {
  readonly tenant: string
  /** `hcp` is the door `/hs3`, where HCP's own credentials are taken. */
  readonly door: "aws" | "hcp"
  /** The bucket in the host name, which a signature of version 2 puts before the path. */
  readonly virtualBucket: string | undefined
  /** The path and the query as sent, the door included. */
  readonly rawPath: string
  readonly rawQuery: string
  /** Empty for a request about no bucket. */
  readonly bucket: string
  readonly namespace: Namespace | undefined
  /** As sent, still encoded; empty for a request about the bucket. */
  readonly rawKey: string
}

const hasAwsCredentials = ({ headers, target }: GatewayRequest): boolean =>
  /^\s*AWS/.test(headers.authorization ?? "") || /[?&](X-Amz-Signature|AWSAccessKeyId)=/i.test(target)

const nativeRoots: ReadonlySet<string> = new Set(["rest", "proc", "fcfs_data", "fcfs_metadata"])
const tenantRoots: ReadonlySet<string> = new Set([...nativeRoots, "query"])

const decode = (text: string): string | undefined =>
  Result.getOrElse(
    Result.try(() => decodeURIComponent(text)),
    () => undefined
  )

/**
 * Finds out what a request is about; undefined if it is not for the S3 compatible API. A bucket's host serves the
 * native API as well: credentials of AWS tell them apart.
 *
 * @internal
 */
export const addressOf = (core: Core, request: GatewayRequest, resolved: Resolved | undefined): Address | undefined => {
  const host = resolved?.host
  if (request.listener !== "data" || host === undefined) return undefined
  if (host._tag === "System" || host._tag === "Swift") return undefined
  const target = encodeStray(request.target).replace(/^https?:\/\/[^/?]*/i, "")
  const question = target.indexOf("?")
  const rawPath = question < 0 ? target : target.slice(0, question)
  const rawQuery = question < 0 ? "" : target.slice(question + 1)
  const [, root = "", ...names] = rawPath.split("/")
  const isAws = hasAwsCredentials(request)
  const door = root === "hs3" && !isAws ? "hcp" : "aws"
  const below = door === "hcp" ? names : [root, ...names]
  const common = { tenant: host.tenant, door, rawPath, rawQuery } as const
  if (host._tag === "Tenant") {
    if (!isAws && tenantRoots.has(root)) return undefined
    const [first = "", ...rest] = below
    const bucket = decode(first) ?? first
    const namespace = core.namespaces.get(`${bucket}.${host.tenant}`.toLowerCase())
    return { ...common, virtualBucket: undefined, bucket, namespace, rawKey: rest.join("/") }
  }
  const { namespace } = host
  if (namespace?.spec.key === defaultNamespaceKey) return undefined
  const isNative = door === "aws" && !isAws && (nativeRoots.has(root) || namespace?.spec.s3 !== true)
  if (isNative) return undefined
  const bucket = request.host.split(".", 1)[0] ?? ""
  return { ...common, virtualBucket: bucket, bucket, namespace, rawKey: below.join("/") }
}

/**
 * The parameters of the query. Their names are case-sensitive, with few exceptions.
 *
 * @internal
 */
export const parametersOf = ({ rawQuery }: Address): Effect.Effect<Parameters, Refusal> => parseForm(rawQuery)

/** @internal */
export interface Key {
  /** Decoded. */
  readonly key: string
  /** Where the object lies in the tree of the namespace. */
  readonly path: ReadonlyArray<string>
  /** A key that ends in a slash is that of a folder. */
  readonly isFolder: boolean
}

const maxKeyBytes = 4095

/**
 * A decoded key as a place in the namespace. Fails with `KeyTooLong`, and with `InvalidArgument` for what cannot be a
 * name.
 *
 * @internal
 */
export const toKey = (key: string): Result.Result<Key, S3Refusal> => {
  if (Buffer.byteLength(key) > maxKeyBytes) return Result.fail(refuse("KeyTooLong", "Your key is too long"))
  const path = key.split("/").filter((segment) => segment !== "")
  const bad = path.find(
    (name) => name === "." || name === ".." || name === ".directory-metadata" || name.includes("\0")
  )
  return path.length === 0 || bad !== undefined
    ? Result.fail(refuse("InvalidArgument", `'${key}' cannot be a key`))
    : Result.succeed({ key, path, isFolder: key.endsWith("/") })
}

/**
 * The key of a request.
 *
 * @internal
 */
export const keyOf = ({ rawKey }: Address): Result.Result<Key, S3Refusal> => {
  const key = decode(rawKey)
  return key === undefined ? Result.fail(refuse("InvalidArgument", "the key is not percent-encoded UTF-8")) : toKey(key)
}
