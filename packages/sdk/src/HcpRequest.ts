/**
 * What is asked of HCP: a method, a decoded path, parameters, headers, a body, and limits of time.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type * as HcpBody from "./HcpBody.ts"

/**
 * Query parameters or headers, as a record or as pairs (pairs keep their order and allow a name twice). A parameter
 * with an empty value is sent bare: `{ nowait: "" }` is `?nowait`. `undefined` leaves it out.
 *
 * @category models
 * @since 0.1.0
 */
export type Pairs = Readonly<Record<string, string | undefined>> | ReadonlyArray<readonly [name: string, value: string]>

/**
 * The pairs that are given, in their order: an `undefined` value of a record is left out.
 *
 * @category combinators
 * @since 0.1.0
 */
export const pairsOf = (pairs: Pairs | undefined): ReadonlyArray<readonly [name: string, value: string]> => {
  if (pairs === undefined) return none
  if (isList(pairs)) return pairs
  const given: Array<readonly [string, string]> = []
  // Inherited ones too: options may be inherited, and are read with those they inherit.
  for (const name in pairs) {
    const value = pairs[name]
    if (value !== undefined) given.push([name, value])
  }
  return given
}

const none: ReadonlyArray<readonly [name: string, value: string]> = []

// `Array.isArray` alone does not tell a read-only array from a record to the compiler.
const isList = (pairs: Pairs): pairs is Extract<Pairs, ReadonlyArray<unknown>> => Array.isArray(pairs)

/**
 * A method of HTTP. `COPY` is of the Swift gateway.
 *
 * @category models
 * @since 0.1.0
 */
export type Method = "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "COPY"

/**
 * The slowest a body may move, for peers that are neither silent nor of any use.
 *
 * Only the time spent waiting for the node counts, so a slow reader or source is not cut off. The buffers of a socket
 * swallow an upload in steps of up to a megabyte; its window therefore is at least what 1 MiB takes at this rate.
 *
 * @category models
 * @since 0.1.0
 */
export interface MinRate {
  /** Bytes in a second, on the average of one window. Greater than 0. */
  readonly bytesPerSecond: number
  /** Defaults to 10 seconds. */
  readonly window?: Duration.Input | undefined
}

/**
 * What every call may set.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestOptions {
  /** Query parameters, not encoded. */
  readonly query?: Pairs | undefined
  /**
   * Further headers. The SDK sets `Host`, credentials and framing itself and refuses them here. One that an option sets
   * as well, such as `Content-Type`, is sent once where both agree, and fails with `InvalidInput` where they do not.
   */
  readonly headers?: Pairs | undefined
  /** The limit for the whole call: all attempts, delays, and the wait for a connection. Defaults to none. */
  readonly deadline?: Duration.Input | undefined
  /** From the last byte sent to the head of the answer, per attempt. Defaults to the target's `responseTimeout`. */
  readonly responseTimeout?: Duration.Input | undefined
  /** Silence inside the answer's body. Defaults to the target's `bodyTimeout`. */
  readonly bodyTimeout?: Duration.Input | undefined
  /**
   * The slowest the bodies of request and answer may move; a slower one fails with `Timeout` (`rate`). Defaults to
   * none.
   */
  readonly minRate?: MinRate | undefined
  /**
   * Whether bodies are compared with the hash HCP gives for them; others fail with `IntegrityError`. Defaults to `true`
   * for `get`, `stream` and `put`, and to `false` for `execute` and `call`.
   *
   * An answer of status 200 is hashed while it is read and compared at its end with `X-HCP-Hash`, or with the ETag as
   * MD5 where that is all there is. What a PUT sent is compared with what the 201 says was stored. Answers and requests
   * whose hash does not speak of exactly their bytes are not compared: parts, lists, ACLs, data and annotation
   * together.
   *
   * `"etag"` is for answers of the S3 gateway: an ETag in the form of an MD5 is taken for one, also without HCP's own
   * headers beside it.
   */
  readonly verify?: boolean | "etag" | undefined
  /**
   * Whether the answer may come packed with gzip. It is handed over as it comes, with `Content-Encoding: gzip`, and its
   * size and hash are not compared; `Namespace` unpacks it and compares them. Defaults to `false`: `Accept-Encoding:
   * identity` is sent, and a body that comes packed all the same fails with `ProtocolError`.
   */
  readonly acceptGzip?: boolean | undefined
  /**
   * Secrets in the body. As those in headers and parameters they are blanked in what an error quotes of the answer.
   * Defaults to none.
   */
  readonly secrets?: ReadonlyArray<Redacted.Redacted<string>> | undefined
  /**
   * Says that the request has the same effect sent once or twice. Defaults to `true` for all methods but POST and COPY.
   */
  readonly idempotent?: boolean | undefined
}

/**
 * What an answer must show to count as HCP's own. Between a client and HCP stand proxies and load balancers, and their
 * pages come with status 200, too.
 *
 * @category models
 * @since 0.1.0
 */
export interface Expectation {
  /**
   * `hcp`: the native gateway and the management API mark every answer (`X-HCP-...`, `X-Arc...` or `X-RequestId`).
   * `s3`, `swift` and `query`: where no mark is recorded, the protocol's own evidence will do: an ETag, a 204 to a
   * DELETE, a document. Answers of `swift` may also be marked as those of OpenStack are (`X-Trans-Id`).
   */
  readonly gateway: "hcp" | "s3" | "swift" | "query"
  /** The statuses that mean done; another 2xx is an `UnexpectedAnswer`. Defaults to any 2xx. */
  readonly statuses?: ReadonlyArray<number> | undefined
}

/**
 * One request.
 *
 * @category models
 * @since 0.1.0
 */
export interface HcpRequest extends RequestOptions {
  readonly method: Method
  /**
   * The path as a person would write it, from its root: `/rest/a folder/50% done.txt`. It is percent-encoded exactly
   * once.
   */
  readonly path: string
  readonly body?: HcpBody.Input | undefined
  /**
   * A name below that of the system, for `Host`: with `finance` a system `t1.hcp1.example.com` is asked as
   * `finance.t1.hcp1.example.com`, the same nodes over the same connections. Certificates are checked against the
   * system's own name. Defaults to none.
   */
  readonly subdomain?: string | undefined
  /**
   * Whether path and query are percent-encoded but for letters, digits and `-._~` (and `/` in the path), as those who
   * sign requests see them. Defaults to `false`: characters that RFC 3986 allows stay as they are.
   */
  readonly encodeAll?: boolean | undefined
  /**
   * What the answer must show: a success that is not HCP's fails with `UnexpectedAnswer`, any other answer that is not
   * HCP's with `NotFromHcp`. Defaults to nothing for `execute` and `call`, which hand over whatever came, and to a mark
   * of HCP for the verbs.
   */
  readonly expects?: Expectation | undefined
  /**
   * The headers that prove who asks, in place of those of the target's `Credentials`, which are not refreshed where
   * these are refused. Defaults to none.
   */
  readonly credentials?: ReadonlyArray<readonly [name: string, value: Redacted.Redacted<string>]> | undefined
}

/**
 * Whether a request only reads; everything else is a write to the replica strategy.
 *
 * @category guards
 * @since 0.1.0
 */
export const isRead = (request: HcpRequest): boolean => request.method === "GET" || request.method === "HEAD"
