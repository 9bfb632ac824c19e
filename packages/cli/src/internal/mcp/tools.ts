/**
 * The tools that `hcp mcp` offers to a model: what each is for, what it takes and what it gives.
 *
 * @internal
 */

import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"

/** Bounds of one answer, so that no directory and no object fills the memory of a model or of this process. */
export const bounds = {
  entries: { usual: 100, most: 1_000 },
  /** How many entries a search by name looks at. */
  searched: 20_000,
  bytes: { usual: 64 * 1024, most: 1024 * 1024 },
  /** Bytes of UTF-8 that one call may store. */
  stored: 4 * 1024 * 1024
} as const

const path = Schema.String.check(
  Schema.makeFilter((text: string) => (text.startsWith("/") ? undefined : "a path of HCP begins with /"))
).annotate({ description: "Path in the namespace, from / on, as people read it: /invoices/42 ü.pdf" })

const limit = Schema.optionalKey(
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: bounds.entries.most })).annotate({
    description: `How many entries at most, 1 to ${bounds.entries.most} (default: ${bounds.entries.usual})`
  })
)

/** What failed, as the command itself says it. */
export const Problem = Schema.Struct({
  error: Schema.String,
  message: Schema.String,
  hint: Schema.optionalKey(Schema.String),
  status: Schema.optionalKey(Schema.Int)
})

/** @see {@link Problem} */
export type Problem = typeof Problem.Type

/** Fields as `hcp` has them with `-o json`. */
const Fields = Schema.Record(Schema.String, Schema.NullOr(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])))

const Entries = Schema.Struct({
  entries: Schema.Array(Fields),
  /** Whether there are more than were asked for. */
  more: Schema.Boolean
})

const failing = { failure: Problem, failureMode: "return" } as const

const unchanging = Context.make(Tool.Readonly, true).pipe(
  Context.add(Tool.Destructive, false),
  Context.add(Tool.Idempotent, true)
)

const List = Tool.make("hcp_list", {
  description:
    "Lists a directory of the HCP namespace: type, size, time of the last change, retention and path of each entry.",
  parameters: Schema.Struct({
    path,
    recursive: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "Everything below the directory (default: false)" })
    ),
    limit
  }),
  success: Entries,
  ...failing
})
  .annotate(Tool.Title, "List a directory")
  .annotateMerge(unchanging)

const Stat = Tool.make("hcp_stat", {
  description:
    "Shows all that HCP knows about an object or directory: size, hash, content type, times, retention, holds, " +
    "names of annotations, owner.",
  parameters: Schema.Struct({ path }),
  success: Fields,
  ...failing
})
  .annotate(Tool.Title, "Show an object")
  .annotateMerge(unchanging)

const Read = Tool.make("hcp_read", {
  description:
    "Reads a part of an object. Gives text where it is UTF-8 and base64 otherwise, " +
    `at most ${bounds.bytes.most} bytes a call; "more" says whether data follows.`,
  parameters: Schema.Struct({
    path,
    offset: Schema.optionalKey(
      Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description: "The first byte (default: 0)" })
    ),
    length: Schema.optionalKey(
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: bounds.bytes.most })).annotate({
        description: `Bytes at most, 1 to ${bounds.bytes.most} (default: ${bounds.bytes.usual})`
      })
    )
  }),
  success: Schema.Struct({
    path: Schema.String,
    offset: Schema.Int,
    bytes: Schema.Int,
    size: Schema.NullOr(Schema.Finite),
    more: Schema.Boolean,
    text: Schema.optionalKey(Schema.String),
    base64: Schema.optionalKey(Schema.String)
  }),
  ...failing
})
  .annotate(Tool.Title, "Read an object")
  .annotateMerge(unchanging)

const Find = Tool.make("hcp_find", {
  description:
    `Finds entries below a directory: by a pattern of the name such as *.pdf (looks at ${bounds.searched} entries ` +
    "at most), or by an expression of HCP's metadata query language such as +retentionClass:finance.",
  parameters: Schema.Struct({
    path: Schema.optionalKey(path),
    name: Schema.optionalKey(
      Schema.String.annotate({ description: "Pattern of the name, or with a / of the path below the directory" })
    ),
    query: Schema.optionalKey(Schema.String.annotate({ description: "Expression for the metadata query engine" })),
    limit
  }),
  success: Entries,
  ...failing
})
  .annotate(Tool.Title, "Find objects")
  .annotateMerge(unchanging)

const Statistics = Tool.make("hcp_statistics", {
  description: "Shows how full the namespace is, how many objects it has, and how it is set up.",
  parameters: Tool.EmptyParams,
  success: Fields,
  ...failing
})
  .annotate(Tool.Title, "Statistics of the namespace")
  .annotateMerge(unchanging)

const Retention = Tool.make("hcp_retention", {
  description: "Shows until when an object may not be deleted, and which holds it is on.",
  parameters: Schema.Struct({ path }),
  success: Fields,
  ...failing
})
  .annotate(Tool.Title, "Show the retention")
  .annotateMerge(unchanging)

const Put = Tool.make("hcp_put", {
  description: "Stores a text as a new object. Fails where something is stored already; nothing is ever replaced.",
  parameters: Schema.Struct({
    path,
    text: Schema.String,
    retention: Schema.optionalKey(
      Schema.String.annotate({ description: "0, -1, -2, A+10y, R+1y, N+30d, C+class, or 2036-01-31T12:00:00+0000" })
    )
  }),
  success: Fields,
  ...failing
})
  .annotate(Tool.Title, "Store a new object")
  .annotate(Tool.Destructive, false)

const SetRetention = Tool.make("hcp_set_retention", {
  description: "Sets until when an object may not be deleted. HCP does not let it become shorter.",
  parameters: Schema.Struct({
    path,
    retention: Schema.String.annotate({
      description: "A+10y, R+1y, N+30d, C+class, -1, -2, or a time such as 2036-01-31T12:00:00+0000"
    })
  }),
  success: Fields,
  ...failing
})
  .annotate(Tool.Title, "Set the retention")
  .annotate(Tool.Destructive, false)

/** What there is without `--write`. None of it changes anything. */
export const ReadKit = Toolkit.make(List, Stat, Read, Find, Statistics, Retention)

/** What comes with `--write`. None of it deletes, replaces or circumvents anything. */
export const WriteKit = Toolkit.make(Put, SetRetention)
