/**
 * The `Range` header: `bytes=a-b`, `bytes=a-` and `bytes=-n`.
 *
 * @internal
 */
import type { ByteRange } from "../Blob.ts"

/** @internal */
export type Selection =
  | { readonly _tag: "Whole" }
  | { readonly _tag: "Part"; readonly range: ByteRange }
  | { readonly _tag: "Unsatisfiable" }

const whole: Selection = { _tag: "Whole" }

/**
 * Which bytes of `size` are asked for. A header that is no range of bytes, or names several, is as if it were not
 * there.
 *
 * @internal
 */
export const select = (header: string | undefined, size: number): Selection => {
  const match = /^bytes\s*=\s*(?:(\d+)\s*)?-(?:\s*(\d+))?$/i.exec((header ?? "").trim())
  if (match === null) return whole
  const [, first = "", last = ""] = match
  if (first === "" && last === "") return whole
  if (first !== "" && last !== "" && Number(last) < Number(first)) return whole
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1)
  return start < end ? { _tag: "Part", range: { start, end } } : { _tag: "Unsatisfiable" }
}
