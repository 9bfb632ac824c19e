/**
 * Builds the site and checks it: names, links, references, and the blocks for a shell. That the blocks of TypeScript
 * compile is a test of the examples, which runs here, too.
 *
 * Usage: `npm run docs:check`. With `--built` the pages of the last build are checked, with `--pages` pages are written
 * and no site is made of them, with `--tested` the tests are left out that `npm test` has run, and with `--shell PART`
 * only the blocks for a shell of documents whose name has this part are run.
 */
import { execFile, execFileSync } from "node:child_process"
import { build, writePages } from "./build.ts"
import { deadLinks, deadOnNpm } from "./checks/links.ts"
import { incompleteNames, modulesWithoutExample } from "./checks/names.ts"
import { ownLoopback } from "./checks/ownLoopback.ts"
import { missingInReferences } from "./checks/references.ts"
import * as ShellBlocks from "./checks/shellBlocks.ts"
import { repository } from "./layout.ts"
import * as Tool from "./tool.ts"

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const complaints: Array<string> = []

const check = (what: string, found: ReadonlyArray<string>): void => {
  say(`${found.length === 0 ? "ok    " : "failed"} ${what}`)
  complaints.push(...found)
}

const runBlocks = async (part: string): Promise<void> => {
  const ran = await ShellBlocks.run(part)
  for (const line of ran.notRun) say(`       not run: ${line}`)
  check(`the blocks for a shell of ${ran.sessions} documents run`, ran.failed)
}

/** The same in a process of its own, which works while this one does and has no port in common with other checks. */
const blocksBeside = (part = ""): Promise<void> =>
  new Promise((resolve) => {
    const blocks = [process.execPath, ...process.execArgv, import.meta.filename, "--here", part]
    const [program = "", ...args] = [...ownLoopback(), ...blocks]
    execFile(program, args, (error, output) => {
      say(output.trimEnd())
      if (error !== null) complaints.push("blocks for a shell fail, see above")
      resolve()
    })
  })

/** What is said behind a flag; `undefined` where the flag is not there. */
const after = (flag: string): string | undefined => {
  const at = process.argv.indexOf(flag)
  return at === -1 ? undefined : (process.argv[at + 1] ?? "")
}

const here = after("--here")
const shell = after("--shell")
await Tool.install()
if (here !== undefined) await runBlocks(here)
else if (shell !== undefined) await blocksBeside(shell)
else {
  const blocks = blocksBeside()
  if (process.argv.includes("--pages")) await writePages()
  else if (!process.argv.includes("--built")) await build()
  check("every public name has a page, a first sentence and @since", incompleteNames())
  check("every module that does something is shown at work", modulesWithoutExample())
  check("every variable, exit code and reason is in its reference", missingInReferences())
  check("no link between pages is dead", deadLinks())
  check("no link of a front page is dead on npm", deadOnNpm())
  await blocks
}
if (here === undefined && shell === undefined && !process.argv.includes("--tested")) {
  const tests = ["packages/examples/test/snippets.test.ts", "packages/sdk/test/documents.test.ts"]
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.workspace.ts", ...tests]
  try {
    execFileSync(process.execPath, vitest, { cwd: repository, stdio: "pipe" })
    check("the blocks of TypeScript compile, and links of documents lead somewhere", [])
  } catch (error) {
    check("the blocks of TypeScript compile", [error instanceof Error && "stdout" in error ? String(error.stdout) : ""])
  }
}
for (const line of complaints) say(line)
process.exitCode = complaints.length === 0 ? 0 : 1
