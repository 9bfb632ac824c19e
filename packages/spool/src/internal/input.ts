/**
 * Checks what is given, by the rules of the namespace: what HCP could never take is refused now, and not when nobody
 * waits for it any more.
 *
 * @internal
 */
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import * as OptionCheck from "@effect-hcp/sdk/OptionCheck"
import { InvalidInput } from "@effect-hcp/sdk/WireReason"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
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
}

const kinds: OptionCheck.KindsOf<Options> = {
  directory: { is: (value) => Predicate.isString(value) && value !== "", wanted: "the path of a directory" },
  mode: { oneOf: ["always", "whenAway"] },
  durability: { oneOf: ["power", "process"] },
  maxBytes: "positive",
  maxEntries: "positive",
  minFreeBytes: "count",
  concurrency: "positive"
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

/** Fails with `InvalidInput` for options that a spool has not. */
export const checkOptions = (
  call: keyof typeof names,
  path: string,
  options: object | undefined
): Effect.Effect<void, HcpError> => {
  const reason = OptionCheck.problemOf(options, names[call])
  return reason === undefined
    ? Effect.void
    : Effect.fail(new HcpError({ operation: call === "delete" ? "DELETE" : "PUT", path, reason }))
}

/** The body that is to be kept. */
export const bodyOf = (path: string, given: HcpBody.Input): Effect.Effect<HcpBody.HcpBody, HcpError> =>
  Effect.mapError(
    Effect.fromResult(HcpBody.fromInput(given)),
    (reason) => new HcpError({ operation: "PUT", path, reason })
  )

/** A larger one is stored by `putAnnotation`, which reads it piece by piece. */
const maxAnnotationBytes = 16 * 1024 * 1024

export const annotationOf = (path: string, given: string | Uint8Array): Effect.Effect<Uint8Array, HcpError> => {
  const wrong = (detail: string) =>
    Effect.fail(new HcpError({ operation: "PUT", path, reason: new InvalidInput({ field: "annotation", detail }) }))
  if (!Predicate.isString(given) && !(given instanceof Uint8Array)) return wrong("is neither a text nor bytes")
  const encoded = Predicate.isString(given) ? new TextEncoder().encode(given) : given
  return encoded.length > maxAnnotationBytes
    ? wrong("has more than 16 MiB; store it with putAnnotation")
    : Effect.succeed(encoded)
}
