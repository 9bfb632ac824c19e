import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** A fenced block of TypeScript. Its first line of code is line `line` of the document, counted from 1. */
interface Block {
  readonly document: string
  readonly line: number
  readonly code: ReadonlyArray<string>
}

const fence = /^(?<indent>[ \t]*(?:\* ?)?)```(?<language>\w*)[ \t]*$/

/** The blocks of a manual, or of the doc comments of a source file. */
const blocksIn = (document: string, text: string): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let open:
    | { readonly line: number; readonly indent: string; readonly code: Array<string>; isRead: boolean }
    | undefined
  for (const [index, line] of text.split("\n").entries()) {
    const { indent = "", language = "" } = fence.exec(line)?.groups ?? {}
    if (!fence.test(line)) open?.code.push(line.slice(open.indent.length))
    else if (open === undefined)
      open = { line: index + 2, indent, code: [], isRead: /^(ts|typescript)$/.test(language) }
    else {
      if (open.isRead) blocks.push({ document, line: open.line, code: open.code })
      open = undefined
    }
  }
  if (open !== undefined)
    blocks.push({ document, line: open.line, code: ['"the end of this block is missing" satisfies never'] })
  return blocks
}

const filesBelow = (folder: string, ends: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ends) && !/(^|\/)(node_modules|dist|site)\//.test(file))
    .map((file) => path.join(folder, file))

const documents = [
  ...fs.readdirSync(root).filter((file) => file.endsWith(".md")),
  ...[".github", ".changeset", "packages"].flatMap((folder) => filesBelow(folder, ".md")),
  ...fs.readdirSync(path.join(root, "packages")).flatMap((name) => filesBelow(`packages/${name}/src`, ".ts"))
]

/** An example need not use what it declares. What it imports it has to use. */
const isUnusedDeclaration = (code: string, line: string): boolean =>
  code === "TS6133" && /^(const|let|function|class|interface|type) /.test(line)

/** Checks all blocks in one run, as strictly as the sources, and gives one line for each error. */
const errorsOf = (blocks: ReadonlyArray<Block>) =>
  Effect.gen(function* () {
    // Packages are found from here as they are from a source, and nothing is left for git, lint or the build to see.
    const cache = path.join(root, "node_modules/.cache")
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => {
        fs.mkdirSync(cache, { recursive: true })
        return fs.mkdtempSync(path.join(cache, "snippets-"))
      }),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
    )
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }))
    fs.writeFileSync(
      path.join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: path.join(root, "tsconfig.json"),
        // A block that shows a test imports what stands beside such a test.
        compilerOptions: {
          rootDirs: [".", ...["sdk", "examples"].map((name) => path.join(root, `packages/${name}/test`))]
        },
        include: ["*.ts"]
      })
    )
    for (const [index, { code, line }] of blocks.entries()) {
      // With so many empty lines before it, a line has the number that it has in the document.
      fs.writeFileSync(path.join(folder, `${index}.ts`), `${"\n".repeat(line - 1)}${code.join("\n")}\n`)
    }
    const output = yield* Effect.callback<string>((resume) => {
      const compiler = path.join(root, "node_modules/typescript/bin/tsc")
      const child = execFile(
        process.execPath,
        [compiler, "-p", folder, "--pretty", "false"],
        { cwd: folder, maxBuffer: 16 * 1024 * 1024 },
        (_, stdout, stderr) => resume(Effect.succeed(stdout + stderr))
      )
      return Effect.sync(() => child.kill("SIGKILL"))
    })
    return output.split(/\n(?! )/).flatMap((message) => {
      if (message.trim() === "") return []
      const {
        code = "",
        index,
        line,
        said
      } = /^(?<index>\d+)\.ts\((?<line>\d+),\d+\): error (?<code>TS\d+): (?<said>.*)$/s.exec(message)?.groups ?? {}
      const block = blocks[Number(index)]
      if (block === undefined) return [message]
      if (isUnusedDeclaration(code, block.code[Number(line) - block.line] ?? "")) return []
      return [`${block.document}:${line}: ${code}: ${said}`]
    })
  }).pipe(Effect.scoped)

it.live(
  "every block of TypeScript in manuals and doc comments compiles",
  () =>
    Effect.gen(function* () {
      const blocks = documents.flatMap((file) => blocksIn(file, fs.readFileSync(path.join(root, file), "utf8")))
      for (const kind of [".md", ".ts"]) {
        const count = blocks.filter(({ document }) => document.endsWith(kind)).length
        assert.isAbove(count, 20, `blocks in files that end in ${kind}`)
      }
      assert.deepStrictEqual(yield* errorsOf(blocks), [])
    }),
  120_000
)

it.live(
  "an error in a block is told with the line of the document",
  () =>
    Effect.gen(function* () {
      const comment = [
        "/**",
        " * ```ts",
        ' * import { join, sep } from "node:path"',
        " * const n: string = 1",
        " * ```"
      ]
      const manual = ["# Title", "", "```sh", "no code", "```", "", "```ts", "export const n: number =", '  "1"', "```"]
      const errors = yield* errorsOf([
        ...blocksIn("a.ts", [...comment, " */"].join("\n")),
        ...blocksIn("b.md", manual.join("\n")),
        ...blocksIn("c.md", "```ts\nexport const n = 1\n")
      ])
      assert.deepStrictEqual(
        errors.map((error) => error.split(": ", 2).join(" ")),
        ["a.ts:3 TS6192", "a.ts:4 TS2322", "b.md:8 TS2322", "c.md:2 TS1360"]
      )
    }),
  120_000
)
