/**
 * `ls`, `tree` and `du`: what is in a directory.
 *
 * @internal
 */
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Failure, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { columns, longColumns, rowOf } from "../../internal/entryRow.ts"
import { toggle } from "../../internal/flagForms.ts"
import { inStore } from "../../internal/gateways.ts"
import type { Row } from "../../internal/output.ts"
import { directory } from "../../internal/placeArgument.ts"
import { bytes, countColumn, sizeColumn } from "../../internal/show.ts"
import { printable } from "../../internal/table.ts"

/** @internal */
export const ls = command(
  "ls",
  "List a directory",
  [
    ["hcp ls /invoices", "What is in a directory"],
    ["hcp ls -r /invoices -o ndjson", "Everything below it, one JSON object on each line"],
    ["hcp ls s3://finance/q4", "What is in a folder of a bucket; s3:// alone lists the buckets"]
  ],
  {
    place: directory,
    recursive: toggle("recursive", "Everything below the directory").pipe(Flag.withAlias("r")),
    long: toggle("long", "Hold, hash, ETag, version, owner, annotations and targets of links as well").pipe(
      Flag.withAlias("l")
    ),
    deleted: toggle("deleted", "What was deleted too, where the namespace keeps versions")
  },
  ({ deleted, long, place, recursive }) =>
    Effect.gen(function* () {
      if (recursive && deleted) return yield* usage("--deleted is for one directory, without --recursive")
      const shown = long ? longColumns : columns
      yield* inStore(place, (store, { path }, output) =>
        output.rows(shown, Stream.map(recursive ? store.walk(path) : store.list(path, { deleted }), rowOf(shown)))
      )
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
    inStore(place, (store, at, output) => {
      const branch = (path: string, indent: string, level: number): Stream.Stream<string, HcpError | Failure> =>
        Stream.unwrap(
          Effect.map(Stream.runCollect(store.list(path)), (entries) =>
            Stream.fromIterable(entries).pipe(
              Stream.zipWithIndex,
              Stream.flatMap(([entry, index]) => {
                const isLast = index === entries.length - 1
                const isDirectory = entry.type === "directory" || entry.type === "bucket"
                const mark = isDirectory ? "/" : entry.target === undefined ? "" : ` -> ${entry.target}`
                const size = entry.size === undefined ? "" : `  ${bytes(entry.size)}`
                const line = `${indent}${isLast ? "└── " : "├── "}${printable(`${entry.name}${mark}`)}${size}\n`
                return isDirectory && entry.isNamed && level < depth
                  ? Stream.concat(
                      Stream.succeed(line),
                      branch(entry.path, `${indent}${isLast ? "    " : "│   "}`, level + 1)
                    )
                  : Stream.succeed(line)
              })
            )
          )
        )
      // With the first line below it, so that nothing is printed of what is not there.
      const top = `${printable(at.path)}\n`
      let isBegun = false
      const begun = Stream.map(branch(at.path, "", 1), (line) => {
        const text = isBegun ? line : top + line
        isBegun = true
        return text
      })
      const alone = Stream.suspend(() => (isBegun ? Stream.empty : Stream.succeed(top)))
      return output.raw(Stream.concat(begun, alone))
    })
)

/** @internal */
export const du = command(
  "du",
  "Count objects and bytes below a directory",
  [["hcp du /invoices", "One line for each directory in it, and one for all"]],
  { place: directory },
  ({ place }) =>
    inStore(place, (store, { path }, output) => {
      const prefix = path.endsWith("/") ? path : `${path}/`
      return output.rows(
        [countColumn("objects"), countColumn("directories"), sizeColumn("bytes"), { name: "path" }],
        Stream.unwrap(
          Effect.gen(function* () {
            const sums = new Map<string, Sum>()
            const all: Sum = { objects: 0, directories: 0, bytes: 0 }
            const sumOf = (child: string): Sum => {
              const sum = sums.get(child) ?? { objects: 0, directories: 0, bytes: 0 }
              sums.set(child, sum)
              return sum
            }
            yield* Stream.runForEachArray(store.walk(path), (entries) =>
              Effect.sync(() => {
                for (const entry of entries) {
                  const [first = "", ...rest] = entry.path.slice(prefix.length).split("/")
                  const isChild = rest.length === 0
                  const isDirectory = entry.type === "directory"
                  // A directory does not count itself.
                  const child = isDirectory || !isChild ? sumOf(first) : undefined
                  for (const sum of child === undefined || isChild ? [all] : [all, child]) {
                    if (isDirectory) sum.directories++
                    else sum.objects++
                    sum.bytes += entry.size ?? 0
                  }
                }
              })
            )
            return Stream.concat(
              Stream.map(Stream.fromIterable(sums), ([name, sum]): Row => ({ ...sum, path: prefix + name })),
              Stream.succeed<Row>({ ...all, path })
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
