/**
 * The multipart uploads of one system that are under way, and their parts; in a file too, if the system has a folder.
 *
 * @internal
 */
import * as Path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Grant } from "../../Acl.ts"
import * as RecordLog from "../../internal/recordLog.ts"
import type { SimulatorError } from "../../SimulatorError.ts"
import { compareKeys } from "../sortedNames.ts"

const Part = Schema.Struct({
  number: Schema.Int,
  /** Id in the blob store. */
  blob: Schema.String,
  size: Schema.Int,
  md5: Schema.String,
  /** Milliseconds since 1970. */
  modified: Schema.Int
})

/** @internal */
export type Part = typeof Part.Type

const Begun = Schema.Struct({
  /** A letter and a number that grows. A number alone is one that some clients round. */
  id: Schema.String,
  /** The key of the namespace, `name.tenant`. */
  namespace: Schema.String,
  /** Decoded. */
  key: Schema.String,
  path: Schema.Array(Schema.String),
  /** The user who began it, and who alone may go on with it. */
  initiator: Schema.String,
  /** Milliseconds since 1970. */
  initiated: Schema.Int,
  /** When it is given up; not there if never. */
  abortAt: Schema.optionalKey(Schema.Int),
  metadata: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  contentType: Schema.optionalKey(Schema.String),
  grants: Schema.optionalKey(Schema.Array(Grant))
})

/**
 * What is said when an upload begins.
 *
 * @internal
 */
export type Begun = typeof Begun.Type

/** @internal */
export interface Upload extends Begun {
  /** By number. */
  readonly parts: ReadonlyMap<number, Part>
}

/** What happens to uploads, as it stands in the file. */
const Step = Schema.Union([
  Schema.TaggedStruct("Begin", { upload: Begun }),
  Schema.TaggedStruct("PutPart", { id: Schema.String, part: Part }),
  Schema.TaggedStruct("Close", { id: Schema.String })
])

type Step = typeof Step.Type

/**
 * Ids in the order in which they were given out; NaN for what is no id.
 *
 * @internal
 */
export const rankOf = (id: string): number => Number(id.slice(1))

/** @internal */
export const toId = (number: number): string => `u${number}`

/**
 * Every change happens in one step, and is in the file before it is visible. Fails with reason `storage` where the disk
 * does.
 */
export interface Uploads {
  readonly begin: (upload: Begun) => Effect.Effect<void, SimulatorError>
  /** Undefined for one that was completed, given up, or is being completed now. */
  readonly find: (namespace: string, key: string, id: string, now: number) => Upload | undefined
  /** Those of a bucket, by key and then by age. */
  readonly ofBucket: (namespace: string, now: number) => ReadonlyArray<Upload>
  /** Puts a part in, and returns the one of this number that was there before. */
  readonly putPart: (upload: Upload, part: Part) => Effect.Effect<Part | undefined, SimulatorError>
  /** Takes it out, and says whether it was in; {@link reopen} puts it back, parts and all. */
  readonly close: (upload: Upload) => Effect.Effect<boolean, SimulatorError>
  readonly reopen: (upload: Upload) => Effect.Effect<void, SimulatorError>
  /** Takes out those whose time is over. Their parts are the caller's to remove. */
  readonly sweep: (now: number) => Effect.Effect<ReadonlyArray<Upload>, SimulatorError>
}

interface MutableUpload extends Upload {
  readonly parts: Map<number, Part>
}

const isOver = ({ abortAt }: Upload, now: number): boolean => abortAt !== undefined && abortAt <= now

/** The steps that make an upload what it is. */
const stepsOf = ({ parts, ...upload }: Upload): ReadonlyArray<Step> => [
  { _tag: "Begin", upload },
  ...[...parts.values()].map((part) => ({ _tag: "PutPart" as const, id: upload.id, part }))
]

/**
 * Begins with the uploads that the folder has from a former run. Fails with reason `storage`.
 *
 * @internal
 */
export const make = Effect.fnUntraced(function* (
  directory: string | undefined
): Effect.fn.Return<Uploads, SimulatorError, Scope.Scope> {
  const open = new Map<string, MutableUpload>()
  const apply = (step: Step): void => {
    switch (step._tag) {
      case "Begin":
        open.set(step.upload.id, { ...step.upload, parts: new Map() })
        return
      case "PutPart":
        open.get(step.id)?.parts.set(step.part.number, step.part)
        return
      case "Close":
        open.delete(step.id)
    }
  }

  let log: RecordLog.RecordLog<Step> | undefined
  if (directory !== undefined) {
    const file = Path.join(directory, "uploads.ndjson")
    const format = RecordLog.jsonFormat(Step)
    yield* RecordLog.replay(file, format, apply)
    log = yield* RecordLog.begin(file, format, [...open.values()].flatMap(stepsOf))
  }

  /** Decides and takes steps at once: nothing comes in between. */
  const take = <A>(decide: () => readonly [steps: ReadonlyArray<Step>, result: A]): Effect.Effect<A, SimulatorError> =>
    Effect.suspend(() => {
      const [steps, result] = decide()
      const logged = log?.append(steps, { makesRoom: steps.every(({ _tag }) => _tag === "Close") })
      if (logged !== undefined && Result.isFailure(logged)) return Effect.fail(logged.failure)
      for (const step of steps) apply(step)
      return Effect.succeed(result)
    })

  return {
    begin: (upload) => take(() => [[{ _tag: "Begin", upload }], undefined]),
    find: (namespace, key, id, now) => {
      const upload = open.get(id)
      return upload?.namespace === namespace && upload.key === key && !isOver(upload, now) ? upload : undefined
    },
    ofBucket: (namespace, now) =>
      [...open.values()]
        .filter((upload) => upload.namespace === namespace && !isOver(upload, now))
        .sort((a, b) => compareKeys(a.key, b.key) || rankOf(a.id) - rankOf(b.id)),
    putPart: ({ id }, part) => take(() => [[{ _tag: "PutPart", id, part }], open.get(id)?.parts.get(part.number)]),
    close: ({ id }) => take(() => (open.has(id) ? [[{ _tag: "Close", id }], true] : [[], false])),
    reopen: (upload) => take(() => [stepsOf(upload), undefined]),
    sweep: (now) =>
      take(() => {
        const over = [...open.values()].filter((upload) => isOver(upload, now))
        return [over.map(({ id }) => ({ _tag: "Close", id })), over]
      })
  }
})
