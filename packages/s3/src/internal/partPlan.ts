/**
 * How a body is cut into the parts of a multipart upload, and what HCP's limits allow.
 *
 * Limits of HCP ("Using the Hitachi API for Amazon S3", multipart upload): 1 MB for a part that is not the last, 5 GB
 * for any, 10,000 parts, 5 TB for the object. The manual does not say which megabyte; a plan stays on the safe side of
 * both.
 *
 * @internal
 */
import { InvalidInput } from "@effect-hcp/sdk/HcpError"
import * as Result from "effect/Result"

const mebi = 1024 * 1024

/** Bytes a part that is not the last must have. */
export const minPartSize = mebi

/** Bytes a part may have. */
export const maxPartSize = 5_000_000_000

/** Parts an upload may have. */
export const maxParts = 10_000

/** Bytes an object may have. */
export const maxObjectSize = 5_000_000_000_000

/** Bytes of a part where nobody says otherwise and the object is not too large for it. */
export const defaultPartSize = 8 * mebi

// Fewer than there may be, so that a size that turns out a little larger still fits.
const comfortableParts = 9_000

/** One part: its number from 1, and which bytes it has. */
export interface Slice {
  readonly number: number
  readonly offset: number
  readonly size: number
}

const bad = (field: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field, detail }))

/** A size of parts that somebody gave. */
export const checkedPartSize = (partSize: number): Result.Result<number, InvalidInput> =>
  Number.isSafeInteger(partSize) && partSize >= minPartSize && partSize <= maxPartSize
    ? Result.succeed(partSize)
    : bad("partSize", `is not a whole number of bytes from ${minPartSize} to ${maxPartSize}`)

/** The size of the parts of a body of known size: whole mebibytes, and the last part has the rest. */
export const partSizeFor = (size: number, wanted: number | undefined): Result.Result<number, InvalidInput> => {
  if (size > maxObjectSize) return bad("body", `has ${size} bytes, HCP takes ${maxObjectSize}`)
  if (wanted === undefined) {
    return Result.succeed(Math.max(defaultPartSize, Math.ceil(size / comfortableParts / mebi) * mebi))
  }
  return Result.flatMap(checkedPartSize(wanted), (partSize) =>
    Math.ceil(size / partSize) <= maxParts
      ? Result.succeed(partSize)
      : bad(
          "partSize",
          `makes more than ${maxParts} parts of ${size} bytes; give ${Math.ceil(size / maxParts)} or more`
        )
  )
}

/** The parts of a body of known size. An empty body is one empty part. */
export const slices = (size: number, partSize: number): ReadonlyArray<Slice> =>
  Array.from({ length: Math.max(1, Math.ceil(size / partSize)) }, (_, at) => ({
    number: at + 1,
    offset: at * partSize,
    size: Math.min(partSize, size - at * partSize)
  }))

const stepParts = 1_000

/**
 * The size of one part of a body whose size is not known: as many of each size as make up a tenth of what is allowed,
 * so that a short body has small parts and a long one still fits. Beginning with 8 MiB that is room for 400 GiB.
 */
export const growingPartSize = (number: number, first: number): number =>
  Math.min(first * Math.ceil(number / stepParts), maxPartSize)

/** A part that HCP has. */
export interface StoredPart {
  readonly number: number
  readonly size: number
}

/**
 * The size of the parts an upload was begun with, guessed from those HCP has; `total` is the size of the body, if it is
 * known. `undefined` where they tell nothing. A wrong guess costs time only, as every part is compared before it is
 * taken.
 */
export const partSizeOf = (parts: ReadonlyArray<StoredPart>, total: number | undefined): number | undefined => {
  const [largest] = [...parts].sort((a, b) => b.size - a.size)
  if (largest === undefined || largest.size === 0) return undefined
  const { number, size } = largest
  // All parts have the same size but for the last, which is not the largest unless it is alone.
  if (total === undefined) return number <= stepParts ? size : Math.floor(size / Math.ceil(number / stepParts))
  if (number * size <= total) return size
  const before = (total - size) / (number - 1)
  return Number.isSafeInteger(before) && before >= size ? before : undefined
}

/**
 * The size of the parts an object most likely was stored with: whole mebibytes that make exactly this many parts, the
 * smallest that do. `undefined` where none does. Ranges that begin where parts begin are the cheapest to read.
 */
export const likelyPartSize = (size: number, parts: number): number | undefined => {
  if (parts < 2) return undefined
  const smallest = Math.ceil(size / parts / mebi) * mebi
  return smallest > 0 && Math.ceil(size / smallest) === parts ? smallest : undefined
}

/** The size of the ranges of a download: about `wanted`, and a multiple or a whole fraction of the parts. */
export const rangeSizeFor = (partSize: number | undefined, wanted: number): number =>
  partSize === undefined
    ? wanted
    : partSize <= wanted
      ? partSize * Math.floor(wanted / partSize)
      : Math.ceil(partSize / Math.round(partSize / wanted) / mebi) * mebi
