/**
 * `ls`, `tree` and `du`: what is in a directory.
 *
 * @internal
 */
import type { Entry } from "@effect-hcp/sdk/Directory"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { command } from "../../internal/command.ts"
import { inNamespace } from "../../internal/connection.ts"
import type { Column, Row } from "../../internal/output.ts"
import { directory } from "../../internal/placeArgument.ts"
import { bytes, countColumn, field, hash, instant, sizeColumn, timeColumn } from "../../internal/show.ts"
import { printable } from "../../internal/table.ts"

/** What people want to see of each entry. */
export const columns: ReadonlyArray<Column> = [
  { name: "type", width: 9 },
  sizeColumn("size"),
  timeColumn("changed"),
  { name: "retention" },
  { name: "path" }
]

const longColumns: ReadonlyArray<Column> = [
  ...columns.slice(0, 4),
  { name: "hold" },
  { name: "hash" },
  { name: "version" },
  { name: "owner" },
  { name: "annotations" },
  { name: "path" }
]

/** An entry, as far as the columns show it. */
export const rowOf =
  (columns: ReadonlyArray<Column>) =>
  (entry: Entry): Row => {
    const all = fieldsOf(entry)
    return Object.fromEntries(columns.map(({ name }) => [name, all[name] ?? null]))
  }

const fieldsOf = (entry: Entry): Row => {
  const known = {
    type: entry._tag.toLowerCase(),
    size: null,
    changed: instant(entry.changedAt?.at),
    retention: null,
    hold: null,
    hash: null,
    version: null,
    owner: null,
    annotations: null,
    path: entry.path
  }
  return entry._tag === "Object"
    ? {
        ...known,
        size: field(entry.size),
        retention: field(entry.retentionText),
        hold: field(entry.hold),
        hash: hash(entry.hash),
        version: field(entry.versionId),
        owner: field(entry.owner),
        annotations: entry.annotations.map(({ name }) => name).join(" ")
      }
    : known
}

/** @internal */
export const ls = command(
  "ls",
  "List a directory",
  [
    ["hcp ls /invoices", "What is in a directory"],
    ["hcp ls -r /invoices -o ndjson", "Everything below it, one JSON object on each line"]
  ],
  {
    place: directory,
    recursive: Flag.Boolean("recursive").pipe(
      Flag.withAlias("r"),
      Flag.withDescription("Everything below the directory"),
      Flag.withDefault(false)
    ),
    long: Flag.Boolean("long").pipe(
      Flag.withAlias("l"),
      Flag.withDescription("Hold, hash, version, owner and annotations as well"),
      Flag.withDefault(false)
    ),
    deleted: Flag.Boolean("deleted").pipe(
      Flag.withDescription("What was deleted too, where the namespace keeps versions"),
      Flag.withDefault(false)
    )
  },
  ({ deleted, long, place, recursive }) =>
    inNamespace(place, (ns, at, output) => {
      const shown = long ? longColumns : columns
      return output.rows(shown, Stream.map(recursive ? ns.walk(at.path) : ns.list(at.path, { deleted }), rowOf(shown)))
    })
)

/** @internal */
export const tree = command(
  "tree",
  "Show a directory as a tree",
  [["hcp tree /invoices --depth 2", "Two levels of it"]],
  {
    place: directory,
    depth: Flag.Int("depth").pipe(
      Flag.filter(
        (depth) => depth >= 1,
        (depth) => `Expected 1 or more, got ${depth}`
      ),
      Flag.withDescription("How many levels (default: 16)"),
      Flag.withDefault(16)
    )
  },
  ({ depth, place }) =>
    inNamespace(place, (ns, at, output) => {
      const branch = (path: string, indent: string, level: number): Stream.Stream<string, HcpError> =>
        Stream.unwrap(
          Effect.map(Stream.runCollect(ns.list(path)), (entries) =>
            Stream.fromIterable(entries).pipe(
              Stream.zipWithIndex,
              Stream.flatMap(([entry, index]) => {
                const isLast = index === entries.length - 1
                const mark = entry._tag === "Directory" ? "/" : entry._tag === "Symlink" ? ` -> ${entry.target}` : ""
                const size = entry._tag === "Object" && entry.size !== undefined ? `  ${bytes(entry.size)}` : ""
                const line = `${indent}${isLast ? "└── " : "├── "}${printable(`${entry.name}${mark}`)}${size}\n`
                return entry._tag === "Directory" && entry.urlName === undefined && level < depth
                  ? Stream.concat(
                      Stream.succeed(line),
                      branch(entry.path, `${indent}${isLast ? "    " : "│   "}`, level + 1)
                    )
                  : Stream.succeed(line)
              })
            )
          )
        )
      return output.raw(Stream.concat(Stream.succeed(`${printable(at.path)}\n`), branch(at.path, "", 1)))
    })
)

/** @internal */
export const du = command(
  "du",
  "Count objects and bytes below a directory",
  [["hcp du /invoices", "One line for each directory in it, and one for all"]],
  { place: directory },
  ({ place }) =>
    inNamespace(place, (ns, at, output) => {
      const prefix = at.path === "/" ? "/" : `${at.path.replace(/\/$/, "")}/`
      return output.rows(
        [countColumn("objects"), countColumn("directories"), sizeColumn("bytes"), { name: "path" }],
        Stream.unwrap(
          Effect.gen(function* () {
            const sums = new Map<string, Sum>()
            const all: Sum = { objects: 0, directories: 0, bytes: 0 }
            yield* Stream.runForEach(ns.walk(at.path), (entry) =>
              Effect.sync(() => {
                const [first = "", ...rest] = entry.path.slice(prefix.length).split("/")
                const isChild = rest.length === 0
                if (entry._tag === "Directory" && isChild) sums.set(first, { objects: 0, directories: 0, bytes: 0 })
                const child = isChild ? undefined : sums.get(first)
                for (const sum of child === undefined ? [all] : [all, child]) {
                  if (entry._tag === "Directory") sum.directories++
                  else sum.objects++
                  if (entry._tag === "Object") sum.bytes += entry.size ?? 0
                }
              })
            )
            return Stream.concat(
              Stream.map(Stream.fromIterable(sums), ([name, sum]): Row => ({ ...sum, path: prefix + name })),
              Stream.succeed<Row>({ ...all, path: at.path })
            )
          })
        )
      )
    })
)

interface Sum {
  objects: number
  directories: number
  bytes: number
}
