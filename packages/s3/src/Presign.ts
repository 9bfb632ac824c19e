/**
 * URLs that let anybody read or store one object for a while, without a user of HCP.
 *
 * Whoever has the URL has the access, so treat it as a password. It is made without a call to HCP, and nothing is
 * checked: neither the object nor the permissions of the user who signs. It ends with its time, or when the user's
 * password changes.
 *
 * **Example** (a link for a browser, good for an hour)
 *
 * ```ts
 * import { Presign } from "@effect-hcp/s3"
 * import { Effect } from "effect"
 *
 * const link = Presign.get("finance", "q4/report.pdf", {
 *   expiresIn: "1 hour",
 *   publicEndpoint: "https://europe.hcp.example.com",
 *   response: { contentDisposition: 'attachment; filename="report.pdf"' }
 * }).pipe(Effect.map(({ url }) => url))
 * ```
 *
 * Source: "Using the Hitachi API for Amazon S3", chapter on presigned URLs, which describes Version 2; Version 4 as AWS
 * does it.
 *
 * @since 0.1.0
 */

import { type HcpError, InvalidInput } from "@effect-hcp/sdk/HcpError"
import type { KindsOf } from "@effect-hcp/sdk/OptionCheck"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Gateway } from "./Gateway.ts"
import { checked, invalid, misuseOf, type Pair, pathOf, refused } from "./internal/gateway.ts"
import { idProblem } from "./internal/ids.ts"
import { settingsKinds } from "./internal/optionKinds.ts"
import { Parameter } from "./internal/parameter.ts"
import { maxExpirySeconds, presignV4 } from "./internal/presignedV4.ts"
import { presignV2 } from "./internal/signatureV2.ts"
import { encodePath, encodeText, isSigned } from "./internal/signatureV4.ts"
import * as S3 from "./S3.ts"
import { type Settings, settingsHeaders } from "./Settings.ts"

// The compiler says here which option has no kind.
const common = { expiresIn: "duration", publicEndpoint: "text" } as const

const kinds: { readonly get: KindsOf<GetOptions>; readonly put: KindsOf<PutOptions> } = {
  get: {
    ...common,
    versionId: "text",
    response: {
      fields: {
        cacheControl: "text",
        contentDisposition: "text",
        contentEncoding: "text",
        contentLanguage: "text",
        contentType: "text",
        expires: "text"
      }
    }
  },
  put: { ...common, ...settingsKinds, md5: "text" }
}

/**
 * A URL and what has to go with it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Presigned {
  readonly method: "GET" | "PUT"
  readonly url: string
  /** Headers that must be sent with it, exactly so. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** When it ends. */
  readonly expiresAt: DateTime.Utc
}

/**
 * What every URL may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** For how long it is good, in whole seconds: 1 second to, with Version 4, 7 days. Defaults to 15 minutes. */
  readonly expiresIn?: Duration.Input | undefined
  /**
   * Scheme, host and port under which those who get the URL reach the tenant, e.g. `https://europe.hcp.example.com`; a
   * proxy there must hand on the `Host` header as it is. Defaults to the endpoint this program uses itself, which often
   * is known only inside of a data centre.
   */
  readonly publicEndpoint?: string | undefined
}

/**
 * What HCP is to say about an object in place of what it would say by itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResponseHeaders {
  readonly cacheControl?: string | undefined
  readonly contentDisposition?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly contentLanguage?: string | undefined
  readonly contentType?: string | undefined
  readonly expires?: string | undefined
}

/**
 * What a URL to read may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetOptions extends Options {
  /** Defaults to the version that is current when the URL is used. */
  readonly versionId?: string | undefined
  /** Headers of the answer. */
  readonly response?: ResponseHeaders | undefined
}

/**
 * What a URL to store may set. Whatever is given here is fixed: who uses the URL must send it as a header, exactly so.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutOptions extends Options, Settings {
  /** The MD5 of the only body that may be stored, as 32 hex digits. Defaults to any body. */
  readonly md5?: string | undefined
}

/**
 * A URL to read an object.
 *
 * Fails with `InvalidInput` for a bucket, key, time or endpoint that cannot be, and with credentials that sign nothing
 * (`S3Credentials.layerHcp`, `layerAnonymous`).
 *
 * @category constructors
 * @since 0.1.0
 */
export const get = (
  bucket: string,
  key: string,
  options: GetOptions = {}
): Effect.Effect<Presigned, HcpError, S3.S3> => {
  const about = { method: "GET", bucket, key } as const
  const wrong = misuseOf(about, options, kinds.get)
  if (wrong !== undefined) return Effect.fail(wrong)
  const { response, versionId } = options
  const query: ReadonlyArray<readonly [name: string, value: string | undefined]> = [
    [Parameter.responseCacheControl, response?.cacheControl],
    [Parameter.responseContentDisposition, response?.contentDisposition],
    [Parameter.responseContentEncoding, response?.contentEncoding],
    [Parameter.responseContentLanguage, response?.contentLanguage],
    [Parameter.responseContentType, response?.contentType],
    [Parameter.responseExpires, response?.expires],
    [Parameter.versionId, versionId]
  ]
  const problem = idProblem("versionId", versionId)
  if (problem !== undefined) return Effect.fail(invalid(about, ...problem))
  const given = query.flatMap(([name, value]): ReadonlyArray<Pair> => (value === undefined ? [] : [[name, value]]))
  const bad = given.find(([, value]) => !/^[\x20-\x7e\xa0-\xff]+$/.test(value))
  if (bad !== undefined) {
    const field = bad[0] === Parameter.versionId ? "versionId" : `response (${bad[0].replace("response-", "")})`
    const detail =
      "is empty, or holds characters that no header carries; " +
      "write the name of a file as RFC 6266 does: filename*=UTF-8''..."
    return Effect.fail(refused(about, new InvalidInput({ field, detail })))
  }
  return presign(about, given, [], options)
}

/**
 * A URL to store an object; where the bucket keeps no versions it works once, as HCP does not overwrite.
 *
 * Fails as {@link get}, and with `InvalidInput` for settings that cannot be sent, or that a signature of Version 2 does
 * not cover (retention and holds of HCP): who has the URL could leave them out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const put = (
  bucket: string,
  key: string,
  options: PutOptions = {}
): Effect.Effect<Presigned, HcpError, S3.S3> => {
  const about = { method: "PUT", bucket, key } as const
  const wrong = misuseOf(about, options, kinds.put)
  if (wrong !== undefined) return Effect.fail(wrong)
  return Effect.gen(function* () {
    const headers: Array<Pair> = [...(yield* checked(about, settingsHeaders(options)))]
    if (options.md5 !== undefined) {
      if (!/^[0-9a-f]{32}$/i.test(options.md5)) return yield* invalid(about, "md5", "is not 32 hex digits")
      headers.push(["Content-MD5", Buffer.from(options.md5, "hex").toString("base64")])
    }
    return yield* presign(about, [], headers, options)
  })
}

type About = Required<Pick<Presigned, "method">> & { readonly bucket: string; readonly key: string }

const presign = (
  about: About,
  query: ReadonlyArray<Pair>,
  headers: ReadonlyArray<Pair>,
  options: Options
): Effect.Effect<Presigned, HcpError, S3.S3> =>
  Effect.gen(function* () {
    const gateway = yield* S3.gateway
    const { bucket, key, method } = about
    const { keys, kind, now, region } = gateway.credentials
    if (keys === undefined) {
      return yield* invalid(about, "credentials", "sign nothing; take `S3Credentials.layerV4` or `layerV2`")
    }
    const expiresIn = yield* checked(about, secondsOf(options.expiresIn, kind === "v4" ? maxExpirySeconds : undefined))
    const base = yield* checked(about, endpointOf(gateway, options.publicEndpoint))
    const isInHost = gateway.style === "virtualHost"
    const host = isInHost ? `${bucket}.${base.host}` : base.host
    const path = pathOf(gateway, bucket, key)
    const at = yield* now
    const expires = Math.floor(at / 1000) + expiresIn
    const unsigned = kind === "v2" ? headers.find(([name]) => isHcp(name)) : undefined
    if (unsigned !== undefined) {
      const detail = `a signature of Version 2 does not cover it; take \`S3Credentials.layerV4\``
      return yield* invalid(about, unsigned[0], detail)
    }
    const signed =
      kind === "v2"
        ? presignV2(
            { method, bucket: isInHost ? bucket : undefined, encodedPath: encodePath(path), query, headers },
            keys,
            expires
          )
        : yield* Effect.tryPromise({
            try: () => presignV4({ method, host, path, query, headers }, { keys, region, at, expiresIn }),
            catch: () => invalid(about, "key", "cannot be signed")
          })
    const text = signed.map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`).join("&")
    return {
      method,
      url: `${base.scheme}://${host}${encodePath(path)}?${text}`,
      headers: headers.filter(([name]) => isSigned(name.toLowerCase())),
      expiresAt: DateTime.makeUnsafe(expires * 1000)
    }
  })

const isHcp = (name: string): boolean => name.toLowerCase().startsWith("x-hcp-")

const defaultExpiry = Duration.minutes(15)

const secondsOf = (
  input: Duration.Input | undefined,
  most: number | undefined
): Result.Result<number, InvalidInput> => {
  const seconds = Math.floor(Duration.toSeconds(Duration.fromInputUnsafe(input ?? defaultExpiry)))
  return Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= (most ?? Number.POSITIVE_INFINITY)
    ? Result.succeed(seconds)
    : Result.fail(
        new InvalidInput({
          field: "expiresIn",
          detail: most === undefined ? "is not a second or more" : "is not between 1 second and 7 days"
        })
      )
}

interface Base {
  readonly scheme: string
  /** With its port, where that is not the scheme's own: as it is in the `Host` header. */
  readonly host: string
}

const endpointOf = (gateway: Gateway, publicEndpoint: string | undefined): Result.Result<Base, InvalidInput> => {
  if (publicEndpoint === undefined) {
    const { endpoint } = gateway
    if (endpoint === undefined) return bad("is needed, as this client does not say where HCP is")
    const { fqdn, port, secure } = endpoint
    const host = port === (secure ? 443 : 80) ? fqdn : `${fqdn}:${port}`
    return Result.succeed({ scheme: secure ? "https" : "http", host: withoutDot(host) })
  }
  const url = URL.canParse(publicEndpoint) ? new URL(publicEndpoint) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return bad("is no URL of http or https")
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    return bad("has more than scheme, host and port: a path would not be covered as HCP sees it")
  }
  return Result.succeed({ scheme: url.protocol.slice(0, -1), host: withoutDot(url.host) })
}

// Some clients send the dot that ends a name in `Host`, and others do not: the signature would be good for one of both.
const withoutDot = (host: string): string => host.replace(/\.(?=:\d+$|$)/, "")

const bad = (detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field: "publicEndpoint", detail }))
