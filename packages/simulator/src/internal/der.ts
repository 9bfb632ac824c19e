/**
 * Writes ASN.1 values in DER (ITU-T X.690), as much of it as certificates need.
 *
 * @internal
 */

/** A value with its tag and length. */
export const tagged = (tag: number, ...content: ReadonlyArray<Uint8Array>): Buffer => {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([tag]), encodeLength(length), ...content])
}

const encodeLength = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length])
  const bytes = bigEndian(length)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

const bigEndian = (value: number): ReadonlyArray<number> =>
  value < 0x100 ? [value] : [...bigEndian(Math.floor(value / 0x100)), value % 0x100]

export const sequence = (...items: ReadonlyArray<Uint8Array>): Buffer => tagged(0x30, ...items)

export const set = (...items: ReadonlyArray<Uint8Array>): Buffer => tagged(0x31, ...items)

export const octetString = (bytes: Uint8Array): Buffer => tagged(0x04, bytes)

export const utf8String = (text: string): Buffer => tagged(0x0c, Buffer.from(text, "utf8"))

export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0x00]))

/** A number that is not negative, given as its big-endian bytes. */
export const unsigned = (bytes: Uint8Array): Buffer => {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? Buffer.from([0]) : bytes.subarray(first)
  return tagged(0x02, (digits[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), digits)
}

/** Bits, the last byte's lowest `unused` ones left out. */
export const bitString = (bytes: Uint8Array, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes)

/** An object identifier from its dotted form. */
export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

const base128 = (value: number): ReadonlyArray<number> => {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

/** A moment in the short form that RFC 5280 asks for up to the year 2049, and the long one after it. */
export const time = (iso: string): Buffer => {
  const digits = iso.replace(/\.\d+/, "").replace(/[-:T]/g, "")
  return iso < "2050" ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits))
}
