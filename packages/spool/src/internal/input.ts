/**
 * Checks what is given, by the rules of the namespace: what HCP could never take is refused now, and not when nobody
 * waits for it any more.
 *
 * @internal
 */
import * as BodySource from "@effect-hcp/sdk/BodySource"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import * as OptionCheck from "@effect-hcp/sdk/OptionCheck"
import { InvalidInput } from "@effect-hcp/sdk/WireReason"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { dry, refusalOf } from "../InputCheck.ts"
import type { DeleteOptions, Options, PutOptions, PutWithAnnotationOptions } from "../SpoolOptions.ts"
import type { Limits } from "./accept.ts"
import type { Durability } from "./databaseProtocol.ts"

export { dry, refusalOf }

// --- what a spool is made with

/** What a spool is made with, with its defaults. */
export interface Settings extends Limits {
  readonly directory: string
  readonly mode: "always" | "whenAway"
  readonly durability: Durability
  readonly concurrency: number
  readonly paused: boolean
}

const kinds: OptionCheck.KindsOf<Options> = {
  directory: { is: (value) => Predicate.isString(value) && value !== "", wanted: "the path of a directory" },
  mode: { oneOf: ["always", "whenAway"] },
  durability: { oneOf: ["power", "process"] },
  maxBytes: "positive",
  maxEntries: "positive",
  minFreeBytes: "count",
  concurrency: "positive",
  paused: "flag"
}

const gibibyte = 1024 ** 3

/** Fails with `InvalidInput` for options that cannot be. */
export const settingsOf = (options: Options): Effect.Effect<Settings, HcpError> => {
  const reason = OptionCheck.problemOf(options, kinds, { required: ["directory"] })
  if (reason !== undefined) return Effect.fail(new HcpError({ operation: "spool", reason }))
  return Effect.succeed({
    directory: options.directory,
    mode: options.mode ?? "always",
    durability: options.durability ?? "power",
    concurrency: options.concurrency ?? 16,
    paused: options.paused ?? false,
    maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    maxEntries: options.maxEntries ?? Number.POSITIVE_INFINITY,
    minFreeBytes: options.minFreeBytes ?? gibibyte
  })
}

// --- what is written

const settingKinds = {
  retention: "any",
  hold: "any",
  labelledHolds: "any",
  index: "any",
  shred: "any",
  acl: "any"
} as const

/** Which options there are; the namespace looks at their values. */
const names: {
  readonly put: OptionCheck.KindsOf<PutOptions>
  readonly putWithAnnotation: OptionCheck.KindsOf<PutWithAnnotationOptions>
  readonly delete: OptionCheck.KindsOf<DeleteOptions>
} = {
  put: { ...settingKinds, ifExists: { oneOf: ["fail", "newVersion", "skip", "replace"] } },
  putWithAnnotation: { ...settingKinds, ifExists: { oneOf: ["fail", "newVersion"] }, name: "text" },
  delete: { purge: "flag", privileged: { fields: { reason: "text" }, required: ["reason"] } }
}

/** The error of options that a spool has not. */
export const misuse = (call: keyof typeof names, path: string, options: object | undefined): HcpError | undefined => {
  const reason = options === undefined ? undefined : OptionCheck.problemOf(options, names[call])
  return reason === undefined
    ? undefined
    : new HcpError({ operation: call === "delete" ? "DELETE" : "PUT", path, reason })
}

/** Fails with `InvalidInput` for options that a spool has not. */
export const checkOptions = (
  call: keyof typeof names,
  path: string,
  options: object | undefined
): Effect.Effect<void, HcpError> => {
  const error = misuse(call, path, options)
  return error === undefined ? Effect.void : Effect.fail(error)
}

/** The body that is to be kept. */
export const bodyNow = (path: string, given: HcpBody.Input): Result.Result<HcpBody.HcpBody, HcpError> =>
  Result.mapError(HcpBody.fromInput(given), (reason) => new HcpError({ operation: "PUT", path, reason }))

/** The same as an effect. */
export const bodyOf = (path: string, given: HcpBody.Input): Effect.Effect<HcpBody.HcpBody, HcpError> =>
  Effect.fromResult(bodyNow(path, given))

/** A larger one is stored by `putAnnotation`, which reads it piece by piece. */
const maxAnnotationBytes = 16 * 1024 * 1024

/** The annotation in memory: it is kept beside the body. */
export const annotationOf = (path: string, given: HcpBody.Input): Effect.Effect<Uint8Array, HcpError> => {
  const tooLong = new HcpError({
    operation: "PUT",
    path,
    reason: new InvalidInput({ field: "annotation", detail: "has more than 16 MiB; store it in a call of its own" })
  })
  const read = Effect.gen(function* () {
    const source = yield* BodySource.open(yield* bodyOf(path, given))
    if (source.size !== undefined && source.size > maxAnnotationBytes) return yield* tooLong
    if (source._tag === "Sized") return yield* source.load(0, source.size)
    const parts: Array<Uint8Array> = []
    let size = 0
    yield* Stream.runForEach(source.stream, (bytes) => {
      parts.push(bytes)
      size += bytes.length
      return size > maxAnnotationBytes ? Effect.fail(tooLong) : Effect.void
    })
    return Buffer.concat(parts, size)
  })
  return Effect.scoped(read)
}
