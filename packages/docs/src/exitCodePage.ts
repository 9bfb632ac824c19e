/**
 * The reference of exit codes: those of `hcp` from its code, with the reasons of errors that lead to each.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { codes, ofHcpError } from "../../cli/src/ExitCode.ts"
import { HcpError } from "../../sdk/src/testing/index.ts"
import { documents, textOf } from "./documents.ts"
import { reasonNamed } from "./errors/errorPages.ts"
import { reasonGroups } from "./errors/reasonClasses.ts"
import { site } from "./layout.ts"
import { cell, table } from "./markdown.ts"

/** What the manual of the command says of each code. */
const meanings = (): ReadonlyMap<string, string> => {
  for (const { file } of documents) {
    const [, after] = textOf(file).split("| Exit code | Means |")
    if (after === undefined) continue
    return new Map(
      Array.from(after.matchAll(/^\| (\d+) \| ([^|]+) \|$/gm), ([, code = "", means = ""]) => [code, means])
    )
  }
  return new Map()
}

/** Writes the page. Fails for a code that the manual of the command does not explain. */
export const write = (): void => {
  const says = meanings()
  const reasons = reasonGroups.flatMap((group) => group.reasons.map(({ name }) => name))
  const rows = Object.entries(codes).map(([name, code]) => {
    const meaning = says.get(String(code))
    if (meaning === undefined) throw new Error(`exit code ${code} (${name}) is in no manual`)
    const leading = reasons.filter(
      (reason) => reason !== "S3Refused" && ofHcpError(HcpError.make({ reason: reasonNamed(reason) })) === code
    )
    const shown = code === codes.failed ? "all others" : leading.map((reason) => `\`${reason}\``).join(", ")
    return [String(code), `\`${name}\``, cell(meaning), shown]
  })
  const text = [
    "# Exit codes\n",
    "What `hcp` ends with, so that scripts need not read messages. `hcp-simulator` ends with 0 when it is told to stop, and",
    "with 1 where it cannot start. A runner of jobs ends with 70 where it has to be started again.\n",
    `${table(["Code", "Name", "Means", "Reasons of errors"], rows)}\n`,
    "`S3Refused` has the code of its category: `access` and `clock` 3, `notFound` 4, `conflict`, `state` and `precondition` 5,",
    "the others 1.\n"
  ]
  Fs.writeFileSync(Path.join(site, "reference/exit-codes.md"), text.join("\n"))
}
