/**
 * What a copy with a bucket consists of, at both ends: things to be read, and where they go.
 *
 * @internal
 */
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Stream from "effect/Stream"
import { codes } from "../ExitCode.ts"
import { Failure } from "../Failure.ts"
import { watchingUpload } from "./copyReport.ts"
import type { Entry, ObjectStore, PutOptions } from "./objectStore.ts"
import type { Output } from "./output.ts"

/** One object or file, and how it is read. */
export interface Item {
  /** Below what is copied, with `/` between. */
  readonly name: string
  readonly source: string
  readonly size: number | undefined
  /** The MD5 of its bytes in hex, where it is known without reading them. */
  readonly md5: string | undefined
  readonly body: HcpBody.Input
  readonly data: Stream.Stream<Uint8Array, HcpError | Failure | PlatformError>
}

/** What came of one. */
export type Outcome = "stored" | "same"

/** Where items go. */
export interface Sink {
  /** Where an item would go. */
  readonly pathOf: (name: string) => string
  readonly put: (item: Item, path: string) => Effect.Effect<Outcome, unknown>
}

/** Whether an ETag is the MD5 of the bytes: not of what was stored in parts. */
export const isMd5 = (text: string | undefined): text is string => text !== undefined && /^[0-9a-f]{32}$/i.test(text)

/** An object of a store. */
export const ofStore = (
  store: ObjectStore,
  { etag, name, path, size }: Pick<Entry, "etag" | "name" | "path" | "size">
): Item => {
  const data = store.read(path)
  return {
    name,
    source: path,
    size,
    md5: isMd5(etag) ? etag.toLowerCase() : undefined,
    // Made anew for each attempt.
    body: size === undefined ? HcpBody.streamOnce(data) : HcpBody.stream(() => data, { length: size }),
    data
  }
}

/** A file of this computer. */
export const ofFile = (fs: FileSystem.FileSystem, file: string, name: string, size: number): Item => ({
  name,
  source: file,
  size,
  md5: undefined,
  body: HcpBody.file(file),
  data: fs.stream(file)
})

/** All objects below a directory of a store. */
export const below = (store: ObjectStore, path: string): Stream.Stream<Item, HcpError | Failure> => {
  const prefix = path.endsWith("/") ? path : `${path}/`
  return store.walk(path).pipe(
    Stream.filter(({ isNamed, type }) => type === "object" && isNamed),
    Stream.map((entry) => ofStore(store, { ...entry, name: entry.path.slice(prefix.length) }))
  )
}

/** All files below a folder of this computer. Links are not followed, and what is no file is left out. */
export const inFolder = (
  folder: string,
  isWanted: (name: string, kind: "file" | "folder") => boolean
): Stream.Stream<Item, PlatformError, FileSystem.FileSystem | Path.Path> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const walk = (at: string, prefix: string): Stream.Stream<Item, PlatformError> =>
        Stream.fromIterableEffect(fs.readDirectory(at)).pipe(
          Stream.flatMap((name) =>
            Stream.unwrap(
              Effect.gen(function* () {
                const file = path.join(at, name)
                const isLink = yield* Effect.match(fs.readLink(file), {
                  onFailure: () => false,
                  onSuccess: () => true
                })
                const { size, type } = yield* fs.stat(file)
                const whole = prefix + name
                if (isLink) return Stream.empty
                if (type === "Directory") {
                  return isWanted(whole, "folder") ? walk(file, `${whole}/`) : Stream.empty
                }
                return type === "File" && isWanted(whole, "file")
                  ? Stream.succeed(ofFile(fs, file, whole, Number(size)))
                  : Stream.empty
              })
            )
          )
        )
      return walk(folder, "")
    })
  )

const exists = (path: string, why: string): Failure =>
  new Failure({
    error: "ObjectExists",
    message: `${path}: something is stored there already${why}`,
    hint: "say what to do with --if-exists",
    code: codes.conflict
  })

const otherBytes = ", with other bytes or an unknown hash"

/**
 * Does it unless something is stored there that is to be left, which is compared without bringing any data here: by
 * size and MD5.
 */
export const unlessSame = <E>(
  store: ObjectStore,
  item: Item,
  path: string,
  { ifExists }: PutOptions,
  put: Effect.Effect<unknown, E>
): Effect.Effect<Outcome, E | Failure> =>
  Effect.gen(function* (): Effect.fn.Return<Outcome, E | Failure> {
    const found =
      ifExists === "skip"
        ? yield* Effect.match(store.head(path), { onFailure: () => undefined, onSuccess: (facts) => facts })
        : undefined
    if (found === undefined) {
      yield* put
      return "stored"
    }
    const isSame = item.md5 !== undefined && found.size === item.size && found.etag?.toLowerCase() === item.md5
    return isSame ? "same" : yield* exists(path, otherBytes)
  })

/** Into a store, below a path. */
export const intoStore = (store: ObjectStore, base: string, options: PutOptions, output: Output["Service"]): Sink => ({
  pathOf: (name) => (name === "" ? base : `${base.replace(/\/$/, "")}/${name}`),
  put: (item, path) => {
    const put = (chosen: PutOptions) =>
      watchingUpload(output, path, (onBegun) => store.put(path, item.body, { ...chosen, onBegun, size: item.size }))
    // The store itself compares what can be read twice without a network.
    if (typeof item.body === "object" && "_tag" in item.body && item.body._tag === "File") {
      return Effect.map(put(options), (done) => (done === "skipped" ? "same" : "stored"))
    }
    const ifExists = options.ifExists === "skip" ? "fail" : options.ifExists
    return unlessSame(store, item, path, options, put({ ...options, ifExists }))
  }
})

/** Names that lead out of a folder, or to another drive or stream of Windows. */
const isSafe = (name: string, separator: string): boolean =>
  name.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\0")) &&
  (separator === "/" || !/[\\:]/.test(name))

/** Into a file, or below a folder, of this computer. */
export const intoFolder = Effect.fnUntraced(function* (base: string, ifExists: PutOptions["ifExists"]) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const DraftFile = yield* Effect.promise(() => import("@effect-hcp/sdk/DraftFile"))
  const { digest } = yield* Effect.promise(() => import("@effect-hcp/sdk/BodyDigest"))
  const sink: Sink = {
    pathOf: (name) => (name === "" ? base : path.join(base, ...name.split("/"))),
    put: (item, file) =>
      Effect.scoped(
        Effect.gen(function* () {
          if (item.name !== "" && !isSafe(item.name, path.sep)) {
            return yield* new Failure({
              error: "Local",
              message: `${item.name} is no name of a file below a folder`,
              code: codes.failed
            })
          }
          if (ifExists === "skip" && (yield* fs.exists(file))) {
            const { size } = yield* fs.stat(file)
            const isSame =
              item.md5 !== undefined &&
              Number(size) === item.size &&
              (yield* digest(HcpBody.file(file), "MD5")).hash.hex.toLowerCase() === item.md5
            return isSame ? "same" : yield* exists(file, otherBytes)
          }
          yield* DraftFile.makeFolder(path.dirname(file))
          const draft = yield* DraftFile.make(file, {
            replace: ifExists === "replace",
            ...(item.size === undefined ? {} : { size: item.size })
          })
          yield* draft.append(item.data)
          yield* draft.finish
          return "stored"
        })
      )
  }
  return sink
})
