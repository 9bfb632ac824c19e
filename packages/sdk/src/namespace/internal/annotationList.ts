/**
 * The list of an object's annotations.
 *
 * @internal
 */

import { toChangeTime, toCount, toHash, toText } from "../../internal/lenient.ts"
import type { XmlElement } from "../../XmlDocument.ts"
import type { AnnotationInfo } from "../AnnotationInfo.ts"
import type { ObjectMetadata } from "../ObjectMetadata.ts"

/** What one `annotation` element says; `undefined` where it does not even say its name. */
export const toInfo = ({ children }: XmlElement): AnnotationInfo | undefined => {
  const text = (name: string) => toText(children.find((child) => child.name === name)?.text.trim())
  const name = text("name")
  if (name === undefined) return undefined
  return {
    name,
    size: toCount(text("size")),
    hash: toHash(text("hash")),
    etag: undefined,
    changedAt: toChangeTime(text("changeTimeMilliseconds")),
    contentType: text("contentType")
  }
}

/** What the headers of an answer say about the annotation in it. */
export const fromMetadata = (name: string, metadata: ObjectMetadata): AnnotationInfo => ({
  name,
  size: metadata.size,
  hash: metadata.hash,
  etag: metadata.etag,
  changedAt: metadata.changedAt,
  contentType: metadata.contentType
})
