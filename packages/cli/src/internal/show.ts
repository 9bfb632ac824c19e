/**
 * Values of the SDK as fields of a result.
 *
 * @internal
 */
import * as ByteSize from "effect/ByteSize"
import * as DateTime from "effect/DateTime"
import type { Column, Value } from "./row.ts"

/** What is not known is `null`. */
export const field = (value: string | number | boolean | undefined): Value => value ?? null

/** An instant, as of ISO 8601. */
export const instant = (at: DateTime.Utc | undefined): Value => (at === undefined ? null : DateTime.formatIso(at))

/** `sha256:0f3a...`, as `algorithm:hex`. */
export const hash = (of: { readonly algorithm: string; readonly hex: string } | undefined): Value =>
  of === undefined ? null : `${of.algorithm.toLowerCase()}:${of.hex.toLowerCase()}`

/** A size: for people with its unit. */
export const sizeColumn = (name: string): Column => ({
  name,
  align: "right",
  width: 9,
  show: (value) => (typeof value === "number" ? bytes(value) : String(value))
})

/** A number. */
export const countColumn = (name: string): Column => ({ name, align: "right" })

/** An instant: for people without fractions. */
export const timeColumn = (name: string): Column => ({
  name,
  width: 20,
  show: (value) => String(value).replace(/\.\d+Z$/, "Z")
})

/** `1.5 MiB`. */
export const bytes = (size: number): string => ByteSize.format(ByteSize.bytes(size))
