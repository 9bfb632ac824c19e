/**
 * What HCP says of an object, decoded when somebody asks for it: to read all headers takes longer than anything else
 * that is done for a small object, and many callers never look.
 *
 * @internal
 */
import * as Inspectable from "effect/Inspectable"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import { fromHeaders, type ObjectMetadata } from "../ObjectMetadata.ts"

/**
 * A result with metadata. The field is one of the object's own, so that copies, clones, comparisons and JSON hold it as
 * they hold any other.
 */
export class WithMetadata {
  static readonly #metadata: PropertyDescriptor & ThisType<WithMetadata> = {
    enumerable: true,
    configurable: true,
    get() {
      return this.#decode()
    }
  }

  declare readonly metadata: ObjectMetadata
  readonly #headers: ResponseHeaders
  #decoded: ObjectMetadata | undefined

  constructor(headers: ResponseHeaders) {
    this.#headers = headers
    Object.defineProperty(this, "metadata", WithMetadata.#metadata)
  }

  #decode(): ObjectMetadata {
    this.#decoded ??= fromHeaders(this.#headers)
    return this.#decoded
  }

  /** As a plain object with these fields is printed. */
  [Inspectable.NodeInspectSymbol](): unknown {
    return { ...this }
  }
}
