import { inflateRawSync } from "node:zlib"

/** The files of a zip archive by path, read by its central directory (APPNOTE 6.3.10, sections 4.3.12 and 4.3.16). */
export const unzip = (bytes: Uint8Array): ReadonlyMap<string, string> => {
  const zip = Buffer.from(bytes)
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"))
  const files = new Map<string, string>()
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== 0x0201_4b50) throw new Error("no central directory header")
    const [method, size, nameLength] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)]
    const local = zip.readUInt32LE(at + 42)
    if (zip.readUInt32LE(local) !== 0x0403_4b50) throw new Error("no local file header")
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const content = zip.subarray(begin, begin + size)
    files.set(
      zip.subarray(at + 46, at + 46 + nameLength).toString(),
      (method === 0 ? content : inflateRawSync(content)).toString()
    )
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return files
}
