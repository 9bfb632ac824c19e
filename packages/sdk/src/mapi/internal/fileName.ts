/**
 * The name of a file that a server suggests, made safe: whatever it says, it is the name of one file in the folder it
 * is put in.
 *
 * @internal
 */

// What Windows, macOS and Linux all take, counted in bytes of UTF-8.
const maxBytes = 200

// Windows opens a device by these names, whatever the extension.
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * The name in a `Content-Disposition` header (RFC 6266): `filename*` before `filename`, quoted or not; `otherwise`
 * where there is none, or nothing is left of it.
 */
export const suggestedName = (header: string | undefined, otherwise: string): string => {
  if (header === undefined) return otherwise
  const name = safeName(extended(header) ?? plain(header) ?? "")
  return name === "" ? otherwise : name
}

/**
 * A name without folders, control characters and what a file system takes for something else; empty if nothing is left.
 */
export const safeName = (name: string): string => {
  const last = name.split(/[/\\]/).at(-1) ?? ""
  const cleaned = last
    // Characters that show a name other than it is: controls, line separators, marks of writing direction.
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/[<>:"|?*]/g, "_")
    .trim()
    .replace(/^\.+/, "")
    .replace(/[. ]+$/, "")
  return shortened(device.test(cleaned) ? `_${cleaned}` : cleaned)
}

const shortened = (name: string): string => {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const dot = name.lastIndexOf(".")
  const extension = dot > 0 && name.length - dot <= 10 ? name.slice(dot) : ""
  let kept = ""
  for (const char of name) {
    if (Buffer.byteLength(kept + char + extension) > maxBytes) break
    kept += char
  }
  return kept + extension
}

const extended = (header: string): string | undefined => {
  const value = /;\s*filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i.exec(header)?.[1]
  if (value === undefined) return undefined
  const bytes: Array<number> = []
  for (const [, hex, char = ""] of value.matchAll(/%([0-9a-f]{2})|(.)/gis)) {
    bytes.push(hex === undefined ? char.charCodeAt(0) : Number.parseInt(hex, 16))
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}

const plain = (header: string): string | undefined => {
  const quoted = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1]
  if (quoted !== undefined) return quoted.replace(/\\(["\\])/g, "$1")
  return /;\s*filename\s*=\s*([^;]+)/i.exec(header)?.[1]
}
