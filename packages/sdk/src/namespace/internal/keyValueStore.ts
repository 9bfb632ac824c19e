/**
 * Effect's `KeyValueStore` over a directory of a namespace.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as RcMap from "effect/RcMap"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as HcpBody from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { broken, isBroken } from "../../internal/brokenText.ts"
import * as OptionCheck from "../../OptionCheck.ts"
import type { Options } from "../KeyValueStoreOptions.ts"
import { Namespace } from "../Namespace.ts"
import { checked, invalid } from "./call.ts"
import { keyOf, nameOf } from "./keyName.ts"
import { keyValueStoreKinds } from "./optionKinds.ts"
import { childPath, restPath } from "./restPath.ts"

const kinds: OptionCheck.KindsOf<Options> = keyValueStoreKinds

/** What is to be put right before the store can be made. */
const directoryOf = Effect.fnUntraced(function* (path: string): Effect.fn.Return<string, HcpError> {
  const about = { operation: "HcpKeyValueStore", path }
  yield* checked(about, restPath(path))
  const directory = path.endsWith("/") ? path.slice(0, -1) : path
  return directory === ""
    ? yield* invalid(about, "directory", "is the root of the namespace; give the store a directory of its own")
    : directory
})

const failed =
  (method: string, key?: string) =>
  (cause: HcpError): KeyValueStore.KeyValueStoreError =>
    new KeyValueStore.KeyValueStoreError({
      message: cause.message,
      method,
      cause,
      ...(key === undefined ? {} : { key })
    })

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Bytes that are no UTF-8 have no text, and are given as the stores of effect give bytes. */
const textOf = (bytes: Uint8Array): string =>
  Result.getOrElse(
    Result.try(() => decoder.decode(bytes)),
    () => Base64.encode(bytes)
  )

/** How often, and how long in between, somebody else who replaces the same value is waited for. */
const whileReplaced = Schedule.exponential("50 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 6 }))

const isReplaced = ({ reason }: HcpError): boolean =>
  reason._tag === "Conflict" || (reason._tag === "ObjectExists" && reason.kind !== "directory")

const concurrency = 8

/** @internal */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<KeyValueStore.KeyValueStore, HcpError, Namespace | Scope.Scope> {
  const ns = yield* Namespace
  yield* OptionCheck.check(options, kinds, { operation: "HcpKeyValueStore", required: ["directory"] })
  const directory = yield* directoryOf(options.directory)
  const { index, maxValueBytes, purge, retention, shred } = options
  const locks = yield* RcMap.make({ lookup: (_: string) => Semaphore.make(1) })
  const pathOf = (key: string): string => childPath(directory, nameOf(key))

  /** One change of a key at a time. */
  const exclusively = <A, E>(key: string, change: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.scoped(Effect.flatMap(RcMap.get(locks, key), (lock) => lock.withPermit(change)))

  const read = (method: string, key: string): Effect.Effect<Uint8Array | undefined, KeyValueStore.KeyValueStoreError> =>
    Effect.map(ns.get(pathOf(key), { maxBodyBytes: maxValueBytes }), ({ bytes }): Uint8Array | undefined => bytes).pipe(
      // A directory is no value.
      Effect.catchReasons("HcpError", {
        NotFound: () => Effect.succeed(undefined),
        IsADirectory: () => Effect.succeed(undefined)
      }),
      Effect.mapError(failed(method, key))
    )
  const readText = (method: string, key: string) =>
    Effect.map(read(method, key), (bytes) => (bytes === undefined ? undefined : textOf(bytes)))

  const bodyOf = (key: string, value: string | Uint8Array): Effect.Effect<HcpBody.HcpBody, HcpError> => {
    if (typeof value !== "string") return Effect.succeed(HcpBody.bytes(value))
    return isBroken(value)
      ? Effect.fail(invalid({ operation: "PUT", path: pathOf(key) }, "value", `${broken}; store bytes`))
      : Effect.succeed(HcpBody.text(value))
  }
  const write = (method: string, key: string, value: string | Uint8Array) =>
    Effect.flatMap(bodyOf(key, value), (body) =>
      Effect.retry(ns.put(pathOf(key), body, { index, retention, shred, ifExists: "replace" }), {
        schedule: whileReplaced,
        while: isReplaced
      })
    ).pipe(Effect.asVoid, Effect.mapError(failed(method, key)))

  const remove = (key: string) =>
    Effect.catchReason(ns.delete(pathOf(key), { purge }), "HcpError", "NotFound", () => Effect.void)

  /** What another program has left in the directory has no key, and is left alone. */
  const keys = ns.list(directory).pipe(
    Stream.filter(({ _tag, urlName }) => _tag === "Object" && urlName === undefined),
    Stream.map(({ name }) => keyOf(name)),
    Stream.filter((key) => key !== undefined),
    Stream.catch((error) => (error.reason._tag === "NotFound" ? Stream.empty : Stream.fail(error)))
  )
  const removeAll = (prefix: string) =>
    keys.pipe(
      Stream.filter((key) => key.startsWith(prefix)),
      // The list is read to its end at once: HCP would not wait until everything in it is removed.
      Stream.runCollect,
      Effect.flatMap((found) =>
        Effect.forEach(found, (key) => exclusively(key, remove(key)), { concurrency, discard: true })
      )
    )

  const modify = <A extends string | Uint8Array>(
    method: string,
    key: string,
    get: Effect.Effect<A | undefined, KeyValueStore.KeyValueStoreError>,
    f: (value: A) => A
  ) =>
    exclusively(
      key,
      Effect.flatMap(get, (value) => {
        if (value === undefined) return Effect.undefined
        const changed = f(value)
        return Effect.as(write(method, key, changed), changed)
      })
    )

  return KeyValueStore.make({
    get: (key) => readText("get", key),
    getUint8Array: (key) => read("getUint8Array", key),
    set: (key, value) => exclusively(key, write("set", key, value)),
    remove: (key) => Effect.mapError(exclusively(key, remove(key)), failed("remove", key)),
    has: (key) =>
      ns.head(pathOf(key)).pipe(
        Effect.map(({ type }) => type !== "directory"),
        Effect.catchReason("HcpError", "NotFound", () => Effect.succeed(false)),
        Effect.mapError(failed("has", key))
      ),
    keys: Effect.mapError(Stream.runCollect(keys), failed("keys")),
    size: Effect.mapError(Stream.runCount(keys), failed("size")),
    isEmpty: Effect.mapError(Effect.map(Stream.runHead(keys), Option.isNone), failed("isEmpty")),
    clear: Effect.mapError(removeAll(""), failed("clear")),
    clearPrefix: (prefix) => Effect.mapError(removeAll(prefix), failed("clearPrefix", prefix)),
    modify: (key, f) => modify("modify", key, readText("modify", key), f),
    modifyUint8Array: (key, f) => modify("modifyUint8Array", key, read("modifyUint8Array", key), f)
  })
})

/** @internal */
export const layer = (options: Options): Layer.Layer<KeyValueStore.KeyValueStore, HcpError, Namespace> =>
  Layer.effect(KeyValueStore.KeyValueStore, make(options))
