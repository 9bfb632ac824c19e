/**
 * The annotations of a spooled namespace, as they are read.
 *
 * @internal
 */
import type { Annotation, Operations, ReadOptions } from "@effect-hcp/sdk/Annotation"
import type { AnnotationInfo } from "@effect-hcp/sdk/AnnotationInfo"
import { HcpError } from "@effect-hcp/sdk/HcpError"
import { UnexpectedAnswer } from "@effect-hcp/sdk/ObjectReason"
import { NotFound } from "@effect-hcp/sdk/StatusReason"
import { BodyTooLarge } from "@effect-hcp/sdk/WireReason"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { streamOf } from "./bodyStream.ts"
import { dry } from "./input.ts"
import { asNamespace, type Failure, type Parts, plain, reading } from "./namespaceParts.ts"
import { gone } from "./overlay.ts"
import { annotationsWith, type KeptAnnotation, type View } from "./view.ts"

type Reads = Pick<
  Operations,
  "get" | "getText" | "getAs" | "find" | "findText" | "findAs" | "stream" | "head" | "exists" | "list"
>

/** Where an annotation is. */
type Found = KeptAnnotation | "none" | "atHcp"

const maxBytes = 64 * 1024 * 1024

/** @internal */
export const namespaceAnnotations = (parts: Parts): Reads => {
  const { ns, overlay } = parts

  const locate = (operation: string, path: string, name: string): Effect.Effect<Found, Failure> =>
    Effect.flatMap(overlay.view(plain(path)), (seen): Effect.Effect<Found, Failure> => {
      if (seen._tag === "None") return Effect.succeed("atHcp")
      if (seen._tag === "Deleted") return Effect.fail(gone(operation, path))
      if (seen.annotations.has(name)) return Effect.succeed(seen.annotations.get(name) ?? "none")
      return Effect.succeed(seen._tag === "Content" ? "none" : "atHcp")
    })

  /** What is in the spool, as HCP would give it; `undefined` where HCP has it by now. */
  const load = (path: string, name: string, kept: KeptAnnotation, limit = maxBytes) =>
    Effect.scoped(
      Effect.gen(function* () {
        const source = yield* overlay.annotation(kept)
        if (source?._tag !== "Sized") return undefined
        if (source.size > limit) {
          return yield* new HcpError({ operation: "GET", path, reason: new BodyTooLarge({ limit }) })
        }
        const bytes = yield* source.load(0, source.size)
        return { ...infoOf(name, kept), bytes } satisfies Annotation
      })
    )

  /** An annotation in the form that `convert` gives it. */
  const find = <A>(
    path: string,
    name: string,
    options: ReadOptions | undefined,
    stored: Effect.Effect<Option.Option<A>, HcpError>,
    convert: (annotation: Annotation) => Effect.Effect<A, HcpError>,
    check: Effect.Effect<unknown, HcpError>
  ): Effect.Effect<Option.Option<A>, HcpError> =>
    reading(parts, {
      operation: "GET",
      path: plain(path),
      options,
      check,
      stored,
      seen: Effect.flatMap(locate("GET", path, name), (found): Effect.Effect<Option.Option<A>, Failure> => {
        if (found === "atHcp") return stored
        if (found === "none") return Effect.succeedNone
        return Effect.flatMap(load(path, name, found, options?.maxBodyBytes), (annotation) =>
          annotation === undefined ? stored : Effect.asSome(convert(annotation))
        )
      })
    })

  const orMissing = <A>(
    operation: string,
    path: string,
    name: string,
    found: Effect.Effect<Option.Option<A>, HcpError>
  ) => Effect.flatMap(found, (one) => (Option.isSome(one) ? Effect.succeed(one.value) : missing(operation, path, name)))

  const get: Operations["get"] = (path, name, options) =>
    orMissing(
      "GET",
      path,
      name,
      find(
        path,
        name,
        options,
        Effect.asSome(ns.annotations.get(path, name, options)),
        Effect.succeed,
        dry.annotations.get(path, name, options)
      )
    )

  return {
    get,
    getText: (path, name, options) =>
      orMissing(
        "GET",
        path,
        name,
        find(
          path,
          name,
          options,
          Effect.asSome(ns.annotations.getText(path, name, options)),
          (annotation) => utf8(path, annotation),
          dry.annotations.getText(path, name, options)
        )
      ),
    getAs: (path, name, codec, options) =>
      orMissing(
        "GET",
        path,
        name,
        find(
          path,
          name,
          options,
          Effect.asSome(ns.annotations.getAs(path, name, codec, options)),
          (annotation) => decoded(path, annotation, codec.decode),
          dry.annotations.getAs(path, name, codec, options)
        )
      ),
    find: (path, name, options) =>
      find(
        path,
        name,
        options,
        ns.annotations.find(path, name, options),
        Effect.succeed,
        dry.annotations.find(path, name, options)
      ),
    findText: (path, name, options) =>
      find(
        path,
        name,
        options,
        ns.annotations.findText(path, name, options),
        (annotation) => utf8(path, annotation),
        dry.annotations.findText(path, name, options)
      ),
    findAs: (path, name, codec, options) =>
      find(
        path,
        name,
        options,
        ns.annotations.findAs(path, name, codec, options),
        (annotation) => decoded(path, annotation, codec.decode),
        dry.annotations.findAs(path, name, codec, options)
      ),
    stream: (path, name, options) => {
      const stored = ns.annotations.stream(path, name, options)
      return Stream.unwrap(
        reading(parts, {
          operation: "GET",
          path: plain(path),
          options,
          check: Stream.runDrain(dry.annotations.stream(path, name, options)),
          stored: Effect.succeed(stored),
          seen: Effect.flatMap(locate("GET", path, name), (found) => {
            if (found === "atHcp") return Effect.succeed(stored)
            if (found === "none") return missing("GET", path, name)
            const kept = Effect.map(overlay.annotation(found), (source) =>
              source === undefined ? stored : source._tag === "Sized" ? streamOf(source) : source.stream
            )
            return Effect.succeed(Stream.scoped(Stream.unwrap(asNamespace("GET", path)(kept))))
          })
        })
      )
    },
    head: (path, name, options) =>
      reading(parts, {
        operation: "HEAD",
        path: plain(path),
        options,
        check: dry.annotations.head(path, name, options),
        stored: ns.annotations.head(path, name, options),
        seen: Effect.flatMap(locate("HEAD", path, name), (found): Effect.Effect<AnnotationInfo, Failure> => {
          if (found === "atHcp") return ns.annotations.head(path, name, options)
          return found === "none" ? missing("HEAD", path, name) : Effect.succeed(infoOf(name, found))
        })
      }),
    exists: (path, name, options) =>
      reading(parts, {
        operation: "HEAD",
        path: plain(path),
        options,
        check: dry.annotations.exists(path, name, options),
        stored: ns.annotations.exists(path, name, options),
        seen: locate("HEAD", path, name).pipe(
          Effect.flatMap((found) =>
            found === "atHcp" ? ns.annotations.exists(path, name, options) : Effect.succeed(found !== "none")
          ),
          Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(false))
        )
      }),
    list: (path, options) => {
      const stored = Stream.runCollect(ns.annotations.list(path, options))
      const withView = (seen: View): Effect.Effect<ReadonlyArray<AnnotationInfo>, Failure> => {
        switch (seen._tag) {
          case "None":
            return stored
          case "Deleted":
            return Effect.fail(gone("GET", path))
          case "Content":
            return Effect.succeed(annotationsWith([], seen.annotations, infoOf))
          case "Changed":
            return Effect.map(stored, (listed) => annotationsWith(listed, seen.annotations, infoOf))
        }
      }
      return Stream.fromIterableEffect(
        reading(parts, {
          operation: "GET",
          path: plain(path),
          options,
          check: Stream.runDrain(dry.annotations.list(path, options)),
          stored: Effect.map(stored, (listed): ReadonlyArray<AnnotationInfo> => listed),
          seen: Effect.flatMap(overlay.view(plain(path)), withView)
        })
      )
    }
  }
}

const infoOf = (name: string, { part, row, size }: KeptAnnotation): AnnotationInfo => ({
  name,
  size,
  hash: part === "body" && row.sha256 !== null ? { algorithm: "SHA-256", hex: row.sha256 } : undefined,
  etag: undefined,
  changedAt: undefined,
  contentType: undefined
})

const missing = (operation: string, path: string, name: string): Effect.Effect<never, HcpError> =>
  Effect.fail(
    new HcpError({
      operation,
      path,
      reason: new NotFound({ status: 204, detail: `the object has no annotation ${name}` })
    })
  )

const unreadable = (path: string, reason: HcpError["reason"]): HcpError =>
  new HcpError({ operation: "GET", path, reason })

const utf8 = (path: string, { bytes }: Annotation): Effect.Effect<string, HcpError> =>
  Effect.fromResult(
    Result.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () => unreadable(path, new UnexpectedAnswer({ detail: "the annotation is not UTF-8" }))
    })
  )

const decoded = <A>(
  path: string,
  annotation: Annotation,
  decode: (text: string) => Effect.Effect<A, UnexpectedAnswer>
): Effect.Effect<A, HcpError> =>
  Effect.flatMap(utf8(path, annotation), (text) => Effect.mapError(decode(text), (reason) => unreadable(path, reason)))
