/**
 * `verify`: whether two trees are the same.
 *
 * @internal
 */
import type { Outcome } from "@effect-hcp/sdk/Comparison"
import type { Tree } from "@effect-hcp/sdk/Tree"
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure, fromError, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import * as CopyFlags from "../../internal/copyFlags.ts"
import { orLocal } from "../../internal/copyingBetween.ts"
import { toggle } from "../../internal/flagForms.ts"
import { type Column, Output, type Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import * as ProgressLines from "../../internal/progressLines.ts"
import { field, sizeColumn } from "../../internal/show.ts"
import { selectionOf } from "../../internal/transferSettings.ts"
import { withTrees } from "../../internal/trees.ts"

const columns: ReadonlyArray<Column> = [
  { name: "outcome", width: 9 },
  { name: "detail", width: 7 },
  sizeColumn("size"),
  { name: "left" },
  { name: "right" },
  { name: "message" }
]

const rowOf = (one: Outcome): Row => ({
  outcome: one._tag.toLowerCase(),
  detail: one._tag === "Different" ? one.reason : one._tag === "Missing" ? one.side : null,
  size: field(one.size),
  left: one.left,
  right: one.right,
  message: one._tag === "Failed" ? fromError(one.error).message : null
})

/** @internal */
export const verify = command(
  "verify",
  "Compare a folder, directory or bucket with another one, by size and hash",
  [
    ["hcp verify scans /scans", "Every file of this computer against the hash that HCP keeps"],
    ["hcp verify old:/scans new:/scans --read", "All bytes of both are read, and compared with their hashes too"],
    ["hcp verify scans /scans --one-way", "What is only in HCP does not count"],
    [
      "hcp verify /scans s3://archive/scans",
      "With a bucket by MD5: what was stored in parts has none there, and both sides of it are read"
    ]
  ],
  {
    left: Argument.String("left").pipe(
      Argument.withDescription("/path, PROFILE:/path or s3://bucket/folder of HCP, or a folder")
    ),
    right: Argument.String("right").pipe(Argument.withDescription("What it is compared with")),
    read: toggle("read", "Reads the bytes of all objects instead of trusting the hashes that HCP keeps"),
    sizeOnly: toggle("size-only", "Compares names and sizes, and no hashes"),
    oneWay: toggle("one-way", "Does not look for what is only on the right"),
    ...CopyFlags.selection
  },
  ({ left, right, ...options }) =>
    Effect.gen(function* () {
      if (options.read && options.sizeOnly) return yield* usage("--read and --size-only are not together")
      const one = yield* Effect.fromResult(Place.parseAny(left))
      const other = yield* Effect.fromResult(Place.parseAny(right))
      const compared = withTrees(one, other, undefined, (first, second) => compare(first, second, options))
      yield* orLocal(one, orLocal(other, compared))
    })
)

interface Options {
  readonly read: boolean
  readonly sizeOnly: boolean
  readonly oneWay: boolean
  readonly concurrency: number
  readonly include: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
}

const compare = Effect.fnUntraced(function* (left: Tree, right: Tree, options: Options) {
  const output = yield* Output
  const Comparison = yield* Effect.promise(() => import("@effect-hcp/sdk/Comparison"))
  const { onEntryProgress, onProgress } = yield* ProgressLines.make
  const counts = { same: 0, different: 0, missing: 0, failed: 0 }
  const outcomes = Comparison.compare(left, right, {
    content: options.read ? "read" : options.sizeOnly ? "size" : "hash",
    both: !options.oneWay,
    concurrency: options.concurrency,
    include: selectionOf(options),
    onProgress,
    onEntryProgress
  }).pipe(
    Stream.map((one) => {
      if (one._tag === "Same") counts.same++
      else if (one._tag === "Different") counts.different++
      else if (one._tag === "Missing") counts.missing++
      else counts.failed++
      return one
    }),
    Stream.filter(({ _tag }) => output.format !== "table" || _tag !== "Same")
  )
  const sums = () =>
    `${counts.same} are the same, ${counts.different} differ, ${counts.missing} are missing, ${counts.failed} failed`
  yield* output.remains({ now: () => [`interrupted: ${sums()}; nothing says whether the rest is`] })
  yield* output.rows(columns, Stream.map(outcomes, rowOf))
  const { different, failed, missing, same } = counts
  yield* output.note(sums())
  const wrong = different + missing + failed
  if (wrong === 0) return
  return yield* new Failure({
    error: "Partial",
    message: `${wrong} of ${same + wrong} are not the same`,
    code: codes.partial
  })
}, Effect.scoped)
