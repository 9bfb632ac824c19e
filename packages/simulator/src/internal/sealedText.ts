/**
 * Texts that are kept encrypted in the data folder: AES-256-GCM with a key out of a file.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { SimulatorError } from "../SimulatorError.ts"
import { collectBytes } from "./collectBytes.ts"
import * as File from "./file.ts"

/** The 32 bytes of a key. */
export type DataKey = Redacted.Redacted<Uint8Array>

const algorithm = "aes-256-gcm"

/** What is encrypted here can be taken for nothing else. */
const purpose = Buffer.from("hcp-simulator data")

const Envelope = Schema.fromJsonString(
  Schema.Struct({
    cipher: Schema.Literal("AES-256-GCM"),
    /** The three in base64. */
    iv: Schema.String,
    tag: Schema.String,
    text: Schema.String
  })
)

const decode = Schema.decodeUnknownResult(Envelope)

const storage = (message: string): SimulatorError => new SimulatorError({ reason: "storage", message })

/**
 * Reads a key: 64 hexadecimal digits, as `openssl rand -hex 32` writes them. Fails with reason `storage`.
 *
 * @internal
 */
export const loadKey = Effect.fnUntraced(function* (file: string): Effect.fn.Return<DataKey, SimulatorError> {
  const wrong = () =>
    storage(`${file} is no key: it must hold 64 hexadecimal digits, as "openssl rand -hex 32" writes them`)
  const bytes = yield* collectBytes(File.read(file), 1024, wrong)
  const text = bytes.toString("latin1").trim()
  return /^[0-9a-f]{64}$/i.test(text) ? Redacted.make(Uint8Array.from(Buffer.from(text, "hex"))) : yield* wrong()
})

/**
 * The text in the form in which it is kept; as it is without a key.
 *
 * @internal
 */
export const seal = (key: DataKey | undefined, text: string): string => {
  if (key === undefined) return text
  const iv = Crypto.randomBytes(12)
  const cipher = Crypto.createCipheriv(algorithm, Redacted.value(key), iv).setAAD(purpose)
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
  return JSON.stringify({
    cipher: "AES-256-GCM",
    iv: iv.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
    text: sealed.toString("base64")
  })
}

const open = (key: DataKey, { iv, tag, text }: typeof Envelope.Type): string => {
  const decipher = Crypto.createDecipheriv(algorithm, Redacted.value(key), Buffer.from(iv, "base64"), {
    authTagLength: 16
  })
  decipher.setAAD(purpose).setAuthTag(Buffer.from(tag, "base64"))
  return Buffer.concat([decipher.update(text, "base64"), decipher.final()]).toString("utf8")
}

/**
 * Reads what {@link seal} has written to a file, with or without a key. Fails with reason `storage` without the key
 * that it needs.
 *
 * @internal
 */
export const read = Effect.fnUntraced(function* (
  file: string,
  key: DataKey | undefined
): Effect.fn.Return<string, SimulatorError> {
  const text = yield* File.read(file).pipe(Stream.decodeText(), Stream.mkString)
  const envelope = decode(text)
  // What was written before there was a key is not encrypted, until it is written again.
  if (Result.isFailure(envelope)) return text
  if (key === undefined) return yield* storage(`${file} is encrypted; give the file with its key by --data-key-file`)
  return yield* Effect.try({
    try: () => open(key, envelope.success),
    catch: () =>
      storage(`${file} cannot be decrypted: it was changed, or the key is another one than it was written with`)
  })
})
