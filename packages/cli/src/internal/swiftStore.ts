/**
 * The containers of a tenant as a store of objects, through the Swift gateway.
 *
 * A directory of a container is a folder: a name that ends with `/`, or what several names begin with. The gateway
 * shows neither versions nor retention, holds and access lists: what asks for them fails before anything is sent.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Account from "@effect-hcp/swift/Account"
import * as Container from "@effect-hcp/swift/Container"
import type * as SwiftEntry from "@effect-hcp/swift/Entry"
import type { Swift } from "@effect-hcp/swift/Swift"
import * as SwiftObject from "@effect-hcp/swift/SwiftObject"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Failure, fromError, notFound, usage } from "../Failure.ts"
import { counted, entryOf, isSameBytes, noFacts, notADirectory, objectExists, prefixOf } from "./bucketStore.ts"
import type { DeleteOptions, Deletion, Entry, Facts, ObjectStore, PutOptions } from "./objectStore.ts"
import { bucketParts, swiftScheme } from "./place.ts"

type Failed = HcpError | Failure

export const make = (gateway: Context.Context<Swift>): ObjectStore => {
  const run = <A, E>(effect: Effect.Effect<A, E, Swift>): Effect.Effect<A, E> => Effect.provide(effect, gateway)
  const stream = <A, E>(made: Stream.Stream<A, E, Swift>): Stream.Stream<A, E> => Stream.provideContext(made, gateway)
  return {
    list: (path, options) => (options?.deleted === true ? Stream.fail(absent(path)) : stream(list(path))),
    walk: (path) => stream(walk(path)),
    head: (path, options) => (options?.version === undefined ? run(head(path)) : Effect.fail(absent(path))),
    read: (path, options) =>
      options?.version === undefined ? stream(read(path, options?.onProgress)) : Stream.fail(absent(path)),
    put: (path, body, options) => run(put(path, body, options)),
    copyHere: (from, to, options) => run(copyHere(from, to, options)),
    delete: (path, options) => run(deleteOne(path, options)),
    deleteTree: (path, options) => stream(deleteTree(path, options)),
    versions: (path) => Stream.fail(absent(path)),
    makeDirectory: (path) => run(makeDirectory(path)),
    protect: (path) => Effect.fail(absent(path)),
    acl: (path) => Effect.fail(absent(path)),
    // Nobody can be told of a list that the gateway does not show.
    isShared: () => Effect.succeed(false),
    setAcl: (path) => Effect.fail(absent(path)),
    restore: (path) => Effect.fail(absent(path))
  }
}

const absent = (path: string): Failure =>
  usage(
    `${path} is a place of Swift, which knows no versions, retention, holds and access lists`,
    "write /path of the namespace, or s3://bucket/key"
  )

const allContainers = (): Failure => usage("swift:// is all containers of the tenant", "name one: swift://container")

/** Fails for a place that is no object. */
const objectOf = (path: string): Effect.Effect<{ readonly container: string; readonly object: string }, Failure> => {
  const { bucket: container, key: object } = bucketParts(path)
  return container === "" || object === "" || object.endsWith("/")
    ? Effect.fail(usage(`${path} names no object`, "write swift://container/object"))
    : Effect.succeed({ container, object })
}

/** Folders are named as directories are: without the slash. */
const toEntry = (container: string, entry: SwiftEntry.Entry): Entry => {
  const path = `${swiftScheme}${container}/${entry.name.replace(/\/$/, "")}`
  if (entry._tag !== "Object") {
    return entryOf("directory", path, entry._tag === "Folder" ? entry.modifiedAt : undefined)
  }
  const hash = entry.md5 === undefined ? undefined : { algorithm: "md5", hex: entry.md5 }
  return { ...entryOf("object", path, entry.modifiedAt), size: entry.size, hash, etag: entry.hash }
}

const list = (path: string): Stream.Stream<Entry, Failed, Swift> => {
  const { bucket: container, key } = bucketParts(path)
  return container === ""
    ? Stream.map(Account.list(), ({ name }) => entryOf("bucket", `${swiftScheme}${name}`, undefined))
    : names(container, key, "/")
}

const walk = (path: string): Stream.Stream<Entry, Failed, Swift> => {
  const { bucket: container, key } = bucketParts(path)
  return container === "" ? Stream.fail(allContainers()) : names(container, key, undefined)
}

/** What is below a folder. That nothing is there, and not even the folder, is a failure. */
const names = (container: string, key: string, delimiter: "/" | undefined): Stream.Stream<Entry, Failed, Swift> => {
  const prefix = prefixOf(key)
  return Stream.suspend(() => {
    let isThere = prefix === ""
    const found = Container.list(container, { prefix, delimiter }).pipe(
      // The folder itself is in its list.
      Stream.filter(({ name }) => {
        isThere = true
        return name !== prefix
      }),
      Stream.map((entry) => toEntry(container, entry))
    )
    const missing = Effect.suspend(() => (isThere ? Effect.void : noFolder(container, key)))
    return Stream.concat(found, Stream.fromEffectDrain(missing))
  })
}

const noFolder = (container: string, key: string): Effect.Effect<never, Failed, Swift> => {
  const path = `${swiftScheme}${container}/${key}`
  return Effect.flatMap(SwiftObject.exists(container, key.replace(/\/$/, "")), (isObject) =>
    Effect.fail(isObject ? notADirectory(path) : notFound(`${path}: nothing is stored there`))
  )
}

const head = (path: string): Effect.Effect<Facts, Failed, Swift> => {
  const { bucket: container, key } = bucketParts(path)
  if (container === "") return Effect.fail(allContainers())
  if (key === "") {
    return Effect.map(Container.head(container), ({ metadata, servicedBy }) => ({
      ...noFacts,
      type: "bucket" as const,
      metadata,
      servicedBy
    }))
  }
  const looked = (name: string) =>
    Effect.map(
      SwiftObject.head(container, name),
      ({ contentType, etag, md5, metadata, modifiedAt, servicedBy, size }): Facts => {
        const isFolder = name.endsWith("/")
        return {
          ...noFacts,
          type: isFolder ? "directory" : "object",
          size: isFolder ? undefined : size,
          hash: md5 === undefined || isFolder ? undefined : { algorithm: "md5", hex: md5 },
          etag,
          contentType,
          changedAt: modifiedAt,
          metadata,
          servicedBy
        }
      }
    )
  return key.endsWith("/")
    ? looked(key)
    : Effect.catchIf(looked(key), isMissing, (error) =>
        Effect.catchIf(looked(`${key}/`), isMissing, () => Effect.fail(error))
      )
}

const isMissing = ({ reason }: HcpError): boolean => reason._tag === "NotFound"

const read = (path: string, onProgress: PutOptions["onProgress"]): Stream.Stream<Uint8Array, Failed, Swift> =>
  Stream.unwrap(
    Effect.map(objectOf(path), ({ container, object }) =>
      counted(SwiftObject.stream(container, object, { resume: true }), onProgress)
    )
  )

/** What of the flags of a command the gateway cannot do. */
const unknown = (path: string, { hold, ifExists, index, retention }: PutOptions): Failure | undefined =>
  hold !== undefined || index !== undefined || retention !== undefined || ifExists === "replace"
    ? absent(path)
    : undefined

const put = Effect.fnUntraced(function* (
  path: string,
  body: Parameters<ObjectStore["put"]>[1],
  options: PutOptions
): Effect.fn.Return<"stored" | "skipped", Failed, Swift> {
  const { container, object } = yield* objectOf(path)
  const wrong = unknown(path, options)
  if (wrong !== undefined) return yield* wrong
  const isNew = options.ifExists !== "version"
  if (isNew && (yield* SwiftObject.exists(container, object))) {
    const isSkipped = options.ifExists === "skip"
    if (isSkipped && (yield* isSameBytes(body, yield* SwiftObject.head(container, object)))) return "skipped"
    return yield* objectExists(path, isSkipped ? ", with other bytes or an unknown hash" : "")
  }
  yield* SwiftObject.put(container, object, body, { ifExists: isNew ? "fail" : "newVersion" })
  return "stored"
})

const copyHere = Effect.fnUntraced(function* (
  from: string,
  to: string,
  options: PutOptions
): Effect.fn.Return<void, Failed, Swift> {
  const source = yield* objectOf(from)
  const { container, object } = yield* objectOf(to)
  const wrong = unknown(to, options)
  if (wrong !== undefined) return yield* wrong
  if (options.ifExists === "fail" && (yield* SwiftObject.exists(container, object))) return yield* objectExists(to, "")
  yield* SwiftObject.copy(source, container, object)
})

const deleteOne = Effect.fnUntraced(function* (
  path: string,
  { privileged, purge, version }: DeleteOptions & { readonly version: string | undefined }
): Effect.fn.Return<void, Failed, Swift> {
  if (purge || version !== undefined || privileged !== undefined) return yield* absent(path)
  const { bucket: container, key } = bucketParts(path)
  if (container === "") return yield* allContainers()
  if (key === "") return yield* Container.delete(container)
  yield* Effect.catchIf(
    SwiftObject.delete(container, key),
    (error) => isMissing(error) && !key.endsWith("/"),
    (error) => Effect.catchIf(SwiftObject.delete(container, `${key}/`), isMissing, () => Effect.fail(error))
  )
})

/** Deletes a folder with everything in it: objects while they are listed, then the folders, the deepest first. */
const deleteTree = (
  path: string,
  { concurrency, privileged, purge }: DeleteOptions & { readonly concurrency: number }
): Stream.Stream<Deletion, Failed, Swift> => {
  const { bucket: container, key } = bucketParts(path)
  if (purge || privileged !== undefined) return Stream.fail(absent(path))
  if (container === "" || key === "") {
    return Stream.fail(
      usage(`${path} is a whole container: it is not emptied at once`, "delete its folders: swift://container/folder")
    )
  }
  const prefix = prefixOf(key)
  const deletion = (name: string, type: Deletion["type"]): Effect.Effect<Deletion, never, Swift> => {
    const at = `${swiftScheme}${container}/${name}`
    return Effect.match(SwiftObject.delete(container, name), {
      onSuccess: () => ({ outcome: "deleted" as const, type, path: at, message: undefined }),
      onFailure: (error) =>
        isMissing(error)
          ? { outcome: "gone" as const, type, path: at, message: undefined }
          : { outcome: "failed" as const, type, path: at, message: fromError(error).message }
    })
  }
  return Stream.suspend(() => {
    const folders = new Set<string>()
    let isThere = false
    const objects = Container.list(container, { prefix }).pipe(
      Stream.filter((entry) => {
        isThere = true
        if (entry._tag === "Folder") folders.add(entry.name)
        return entry._tag === "Object"
      }),
      Stream.mapEffect(({ name }) => deletion(name, "object"), { concurrency })
    )
    const emptied = Stream.suspend(() =>
      Stream.fromIterable([...folders].sort().reverse()).pipe(Stream.mapEffect((name) => deletion(name, "directory")))
    )
    const missing = Effect.suspend(() => (isThere ? Effect.void : noFolder(container, key)))
    return objects.pipe(Stream.concat(emptied), Stream.concat(Stream.fromEffectDrain(missing)))
  })
}

const makeDirectory = Effect.fnUntraced(function* (path: string): Effect.fn.Return<boolean, Failed, Swift> {
  const { bucket: container, key } = bucketParts(path)
  if (container === "") return yield* allContainers()
  if (key !== "") {
    return yield* usage("Swift makes the folders of an object by itself", `write swift://${container}, or /path`)
  }
  return (yield* Container.ensure(container)) === "created"
})
