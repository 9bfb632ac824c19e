/**
 * The hashes of bodies that are made of the same byte over and over, computed once for each size.
 */
import * as Crypto from "node:crypto"
import { blocksOf } from "./blocks.ts"

/** In lower case. */
export interface Hashes {
  readonly md5: string
  readonly sha256: string
}

const known = new Map<number, Hashes>()

/** Of a body of so many bytes, as `blocksOf` makes it. */
export const hashesOf = (size: number): Hashes => {
  let hashes = known.get(size)
  if (hashes === undefined) {
    const [md5, sha256] = [Crypto.createHash("md5"), Crypto.createHash("sha256")]
    for (const block of blocksOf(size)) {
      md5.update(block)
      sha256.update(block)
    }
    hashes = { md5: md5.digest("hex"), sha256: sha256.digest("hex") }
    known.set(size, hashes)
  }
  return hashes
}
