/**
 * Unique names for objects, and folders for them that spread by chance: HCP stores fastest where many writers do not
 * meet in one folder.
 *
 * A name is a UUID of version 1. Its third and fourth byte name two levels of folders, so 65,536 folders fill evenly,
 * and the path follows from the name alone. This is the scheme of the Python hcpsdk: names made by one are found by the
 * other.
 *
 * **Example** (store under a unique name, and keep the file's own)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Annotation, HcpBody, Namespace, PathBuilder } from "@effect-hcp/sdk"
 *
 * const archive = (file: string) =>
 *   Effect.gen(function* () {
 *     const namespace = yield* Namespace.Namespace
 *     const builder = yield* PathBuilder.make({ initialPath: "/scans", annotation: true })
 *     const { annotation, fullPath, name } = yield* builder.unique(file)
 *     yield* namespace.put(fullPath, HcpBody.file(file))
 *     yield* namespace.annotations.put(fullPath, Annotation.defaultName, HcpBody.text(annotation ?? ""))
 *     return name // all that is needed to find it again: builder.pathOf(name)
 *   })
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Uuid from "uuid"
import { HcpError } from "./HcpError.ts"
import * as xmlWriter from "./internal/xml/writer.ts"
import { childPath, restPath } from "./namespace/internal/restPath.ts"
import * as TimeUuid from "./namespace/internal/timeUuid.ts"
import * as OptionCheck from "./OptionCheck.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * Options of a builder.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The folder above all others. Defaults to `/hcpsdk`, which is `/rest/hcpsdk` on the wire: paths of a namespace are
   * those below `/rest`, whereas the Python hcpsdk writes `/rest/hcpsdk` here.
   */
  readonly initialPath?: string | undefined
  /** Whether XML is made that keeps the file's own name. Defaults to `false`. */
  readonly annotation?: boolean | undefined
}

/**
 * A unique name and where it belongs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unique {
  /** The folder: `/hcpsdk/b4/ec`. */
  readonly path: string
  /** The name: `8ac8ecb4-9f1e-11e4-a524-98fe94437d8c`. */
  readonly name: string
  /** Folder and name. */
  readonly fullPath: string
  /** XML with the file's own name, the folder and the UUID, to be stored as an annotation; only if it was asked for. */
  readonly annotation: string | undefined
}

/**
 * A builder of paths.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  /**
   * A new name. The clock and the random numbers are those of Effect. Fails with `InvalidInput` if an annotation is
   * asked for, and XML cannot carry the file's name.
   */
  readonly unique: (filename: string) => Effect.Effect<Unique, HcpError>
  /** The full path of a name that was made once. Fails with `InvalidInput` for a name that is no UUID. */
  readonly pathOf: (name: string) => Effect.Effect<string, HcpError>
}

/**
 * A builder of paths.
 *
 * @category services
 * @since 0.1.0
 */
export class PathBuilder extends Context.Service<PathBuilder, Shape>()("@effect-hcp/sdk/PathBuilder") {}

const kinds: OptionCheck.KindsOf<Options> = { initialPath: "text", annotation: "flag" }

/**
 * Makes a builder. Its names are unique among all of its own, and by 61 random bits and the time among those of others.
 *
 * Fails with `InvalidInput` for an `initialPath` that cannot be a folder.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (options?: Options) => Effect.Effect<Shape, HcpError> = Effect.fnUntraced(function* (options = {}) {
  yield* OptionCheck.check(options, kinds, { operation: "PathBuilder" })
  const { annotation = false, initialPath = "/hcpsdk" } = options
  const checked = restPath(initialPath)
  if (Result.isFailure(checked)) {
    return yield* invalid("initialPath", checked.failure.detail)
  }
  const initial = initialPath.endsWith("/") ? initialPath.slice(0, -1) : initialPath
  const nextName = yield* TimeUuid.make
  return {
    unique: Effect.fnUntraced(function* (filename) {
      const name = yield* nextName
      const path = folderOf(initial, name)
      return {
        path,
        name,
        fullPath: childPath(path, name),
        annotation: annotation ? yield* toAnnotation(filename, path, name) : undefined
      }
    }),
    pathOf: (name) =>
      Uuid.validate(name)
        ? Effect.succeed(childPath(folderOf(initial, name), name))
        : invalid("name", `is no UUID: 32 hexadecimal digits as in "8ac8ecb4-9f1e-11e4-a524-98fe94437d8c"`)
  }
})

/**
 * {@link make} as a layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<PathBuilder, HcpError> => Layer.effect(PathBuilder, make(options))

const invalid = (field: string, detail: string): Effect.Effect<never, HcpError> =>
  Effect.fail(new HcpError({ operation: "PathBuilder", reason: new InvalidInput({ field, detail }) }))

/** The fourth byte, then the third: the lowest of the time, so neighbours in time are no neighbours here. */
const folderOf = (initial: string, name: string): string => {
  const digits = name.toLowerCase()
  return `${initial}/${digits.slice(6, 8)}/${digits.slice(4, 6)}`
}

const toAnnotation = (filename: string, path: string, uuid: string): Effect.Effect<string, HcpError> =>
  Effect.mapError(
    Effect.fromResult(xmlWriter.document(xmlWriter.element("hcpsdk_fileobject", { filename, path, uuid }))),
    (reason) => new HcpError({ operation: "PathBuilder", reason })
  )
