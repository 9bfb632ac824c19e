/**
 * What is known about an annotation besides its content.
 *
 * @since 0.1.0
 */

import type { Hash } from "../ObjectHash.ts"
import type { ChangeTime } from "./ChangeTime.ts"

/**
 * What is known about an annotation.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnnotationInfo {
  readonly name: string
  /** In bytes. */
  readonly size: number | undefined
  readonly hash: Hash | undefined
  /** Not in a list. */
  readonly etag: string | undefined
  readonly changedAt: ChangeTime | undefined
  /** `text/xml`, or `unknown` for everything else. */
  readonly contentType: string | undefined
}

/**
 * An annotation in the list that headers and listings give.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnnotationSize {
  readonly name: string
  /** In bytes. */
  readonly size: number | undefined
}
