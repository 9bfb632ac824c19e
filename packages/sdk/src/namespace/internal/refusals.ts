/**
 * What stands behind a refusal: a HEAD tells what is stored, and so what kept HCP from doing what was asked.
 *
 * It is sent only after a refusal, once, and if it fails itself the first error stays.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError, Reason } from "../../HcpError.ts"
import type { RequestOptions } from "../../HcpRequest.ts"
import { DirectoryNotEmpty, ObjectExists, OnHold, UnderRetention } from "../../ObjectReason.ts"
import { BadRequest, Conflict, NotFound } from "../../StatusReason.ts"
import { fromHeaders, type ObjectMetadata, protection } from "../ObjectMetadata.ts"
import type { Retention } from "../RetentionSetting.ts"
import { amended, type Pair } from "./call.ts"
import { list } from "./listDirectory.ts"
import { info } from "./namespaceInfo.ts"
import { print } from "./retentionGrammar.ts"
import { check } from "./retentionRules.ts"

/** What is stored at a path; `undefined` for nothing. `path` is that on the wire. */
export const lookUp = (
  client: HcpClient.Shape,
  path: string,
  options: RequestOptions,
  query?: ReadonlyArray<Pair>
): Effect.Effect<ObjectMetadata | undefined, HcpError> =>
  Effect.map(client.head(path, { ...options, query }), ({ headers, status }) =>
    status === 204 ? undefined : fromHeaders(headers)
  ).pipe(Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(undefined)))

/**
 * Fails with what `why` makes of what is stored, and with the error itself if it makes nothing of it, or nobody can
 * tell.
 */
const explained = (
  error: HcpError,
  stored: Effect.Effect<ObjectMetadata | undefined, HcpError>,
  why: (stored: ObjectMetadata | undefined) => Effect.Effect<Reason | undefined>
): Effect.Effect<never, HcpError> =>
  Effect.matchEffect(stored, {
    onFailure: () => Effect.fail(error),
    onSuccess: (found) =>
      Effect.flatMap(why(found), (reason) =>
        Effect.fail(reason === undefined ? error : amended(error, { reason, reached: "answer" }))
      )
  })

/** The path is taken, by this. */
export const taken = (stored: ObjectMetadata | undefined, keepsVersions?: false): ObjectExists =>
  stored === undefined
    ? new ObjectExists({ kind: "unknown", keepsVersions })
    : new ObjectExists({
        kind: stored.symlinkTarget !== undefined ? "symlink" : stored.type === "annotation" ? "unknown" : stored.type,
        size: stored.size,
        hash: stored.hash,
        versionId: stored.versionId,
        keepsVersions
      })

/**
 * The reason of a conflict where something is stored already, if it is that somebody else is writing: HCP refuses an
 * object that is there and one that is being written with the same 409, and only the namespace's settings tell them
 * apart.
 */
const concurrentWrite = (
  { client, options }: Place,
  { detail, status }: Conflict
): Effect.Effect<Conflict | undefined> =>
  info(client)
    .namespaces(options)
    .pipe(
      Effect.match({
        onFailure: () => undefined,
        onSuccess: ([own]) =>
          own?.versioningEnabled === true ? new Conflict({ status, detail, keepsVersions: true }) : undefined
      })
    )

/** What protects an object now, if anything is known to. */
export const protectedBy = (
  stored: ObjectMetadata,
  ignored?: "retention"
): Effect.Effect<OnHold | UnderRetention | undefined> =>
  Effect.map(DateTime.now, (now) => {
    // The system's own clock decides about its retention.
    const by = Option.getOrUndefined(protection(stored, stored.systemTime ?? now))
    if (by === "hold") {
      return new OnHold({ labels: stored.labelledHolds.filter(({ hold }) => hold).map(({ id }) => id) })
    }
    if (by === undefined || ignored === by) return undefined
    return new UnderRetention({
      until: stored.retentionText ?? "for a time HCP does not say",
      retentionClass: stored.retention.retentionClass
    })
  })

/** Where something was refused. */
export interface Place {
  readonly client: HcpClient.Shape
  /** On the wire. */
  readonly path: string
  readonly options: RequestOptions
}

/**
 * Why a PUT failed. `onlyNew` says that the condition it failed at is our own, that there be nothing; otherwise a
 * condition is the caller's, and its failure says what it has to say.
 */
export const ofStore =
  (place: Place, onlyNew: boolean) =>
  (error: HcpError): Effect.Effect<never, HcpError> => {
    const { client, options, path } = place
    const stored = lookUp(client, path, options)
    const { reason } = error
    switch (reason._tag) {
      // 409 without anything there: somebody else is writing it.
      case "Conflict":
        return explained(error, stored, (found) =>
          found === undefined || onlyNew || found.type === "directory"
            ? Effect.succeed(found === undefined ? undefined : taken(found))
            : Effect.map(concurrentWrite(place, reason), (other) => other ?? taken(found, false))
        )
      case "PreconditionFailed": {
        if (!onlyNew) return Effect.fail(error)
        const exists = Effect.catch(stored, () => Effect.succeed(undefined))
        return explained(error, exists, (found) => Effect.succeed(taken(found)))
      }
      // HCP compares no ETags with an object it keeps none of, not even with "*".
      case "BadRequest":
        if (!onlyNew) return Effect.fail(error)
        return explained(error, stored, (found) =>
          Effect.succeed(found?.type === "object" && found.etag === undefined ? taken(found) : undefined)
        )
      case "Forbidden":
        return explained(error, stored, (found) =>
          found === undefined ? Effect.succeed(undefined) : protectedBy(found)
        )
      // What is missing is not what was to be stored.
      case "NotFound": {
        const { detail, hint, status } = reason
        return Effect.fail(amended(error, { reason: new NotFound({ status, detail, hint, about: "store" }) }))
      }
      default:
        return Effect.fail(error)
    }
  }

/** Why a DELETE failed. */
export const ofRemove =
  (
    { client, options, path }: Place,
    about: { readonly isPrivileged: boolean; readonly version: ReadonlyArray<Pair> | undefined; readonly path: string }
  ) =>
  (error: HcpError): Effect.Effect<never, HcpError> =>
    error.reason._tag !== "Forbidden"
      ? Effect.fail(error)
      : explained(error, lookUp(client, path, options, about.version), (found) => {
          if (found === undefined) return Effect.succeed(undefined)
          if (found.type === "directory") return notEmpty(client, about.path)
          // A privileged delete passes retention; what refused it is the mode of the namespace or a permission, and HCP
          // does not say which.
          return protectedBy(found, about.isPrivileged ? "retention" : undefined)
        })

/**
 * Why an annotation was not replaced or deleted. The namespace decides whether a protected object gets a new one, and
 * nobody can ask for its rule: such a refusal may as well be about a permission.
 */
export const ofAnnotation =
  ({ client, options, path }: Place, name: string) =>
  (error: HcpError): Effect.Effect<never, HcpError> =>
    error.reason._tag !== "Forbidden"
      ? Effect.fail(error)
      : explained(error, lookUp(client, path, options), (found) =>
          found?.annotations.some((one) => one.name === name) === true ? protectedBy(found) : Effect.undefined
        )

/** An empty directory, or one nobody lets us look into, was refused for another reason. */
const notEmpty = (client: HcpClient.Shape, path: string): Effect.Effect<DirectoryNotEmpty | undefined> =>
  list(client, path).pipe(
    Stream.take(1),
    Stream.runCount,
    Effect.match({
      onFailure: () => undefined,
      onSuccess: (count) => (count > 0 ? new DirectoryNotEmpty({}) : undefined)
    })
  )

/**
 * Why a change of system metadata failed. A hold bars any change of the retention, which HCP answers with 400 or 403;
 * it refuses a shorter retention, and a class that it does not know, with a 400 that may not say so.
 */
export const ofChange =
  (place: Place, retention: Retention | undefined) =>
  (error: HcpError): Effect.Effect<never, HcpError> => {
    const { reason } = error
    if (retention === undefined || (reason._tag !== "Forbidden" && reason._tag !== "BadRequest")) {
      return Effect.fail(error)
    }
    const { client, options, path } = place
    if (reason._tag === "Forbidden") {
      return explained(error, lookUp(client, path, options), (found) =>
        found === undefined ? Effect.succeed(undefined) : protectedBy(found)
      )
    }
    return explained(error, lookUp(client, path, options), (found) =>
      found === undefined
        ? Effect.succeed(undefined)
        : Effect.flatMap(
            protectedBy(found, "retention"),
            (by): Effect.Effect<Reason | undefined> =>
              by === undefined ? ofRetention(place, reason, retention, found) : Effect.succeed(by)
          )
    )
  }

/** A 400 that is about the retention, if it is known to be. */
const ofRetention = (
  place: Pick<Place, "client" | "options">,
  { detail, status }: BadRequest,
  retention: Retention,
  stored: Pick<ObjectMetadata, "retention" | "retentionText"> | undefined
): Effect.Effect<BadRequest | undefined> => {
  const hinted = (hint: string | undefined) =>
    hint === undefined ? undefined : new BadRequest({ status, detail, hint })
  if (retention._tag === "OfClass") return Effect.map(missingClass(place, retention.name), hinted)
  if (stored === undefined) return Effect.undefined
  const rule = check(stored.retention, retention)
  return Effect.succeed(hinted(Result.isFailure(rule) ? rule.failure.detail : ifShorter(stored)))
}

/** An offset is counted from a time that only HCP knows exactly, so nobody here can tell whether it ends before. */
const ifShorter = ({ retention: { value }, retentionText }: Pick<ObjectMetadata, "retention" | "retentionText">) =>
  value?._tag === "Until"
    ? `the object is kept until ${retentionText ?? print(value)}, and its retention can only be made longer, ` +
      "e.g. with Retention.extendBy"
    : undefined

const missingClass = (
  { client, options }: Pick<Place, "client" | "options">,
  name: string
): Effect.Effect<string | undefined> =>
  info(client)
    .retentionClasses(options)
    .pipe(
      Effect.match({
        onFailure: () => undefined,
        onSuccess: (classes) => {
          if (classes.some((each) => each.name.toLowerCase() === name.toLowerCase())) return undefined
          const there = classes.length === 0 ? "it has none" : `it has ${classes.map((each) => each.name).join(", ")}`
          return `the namespace has no retention class ${JSON.stringify(name)}; ${there}`
        }
      })
    )

/** Why something was not stored, where that may be the retention class it was to have. */
export const ofClass =
  (place: Pick<Place, "client" | "options">, retention: Retention | undefined) =>
  (error: HcpError): Effect.Effect<never, HcpError> => {
    const { reason } = error
    if (reason._tag !== "BadRequest" || retention?._tag !== "OfClass") return Effect.fail(error)
    return Effect.flatMap(ofRetention(place, reason, retention, undefined), (known) =>
      Effect.fail(known === undefined ? error : amended(error, { reason: known }))
    )
  }

/** Why the versions of an object could not be listed: HCP answers 400 where the namespace keeps none. */
export const ofVersions =
  ({ client, options }: Pick<Place, "client" | "options">) =>
  (error: HcpError): Effect.Effect<never, HcpError> => {
    const { reason } = error
    if (reason._tag !== "BadRequest") return Effect.fail(error)
    const { detail, status } = reason
    return info(client)
      .namespaces(options)
      .pipe(
        Effect.matchEffect({
          onFailure: () => Effect.fail(error),
          onSuccess: ([own]) => {
            if (own?.versioningEnabled !== false) return Effect.fail(error)
            const hint = "the namespace keeps no versions; have versioning switched on, or look at the object itself"
            return Effect.fail(amended(error, { reason: new BadRequest({ status, detail, hint }) }))
          }
        })
      )
  }
