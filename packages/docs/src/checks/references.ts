/**
 * References: every variable, exit code and reason of the code is in its page.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { codes } from "../../../cli/src/ExitCode.ts"
import { variablesInCode } from "../configurationPage.ts"
import { scenes } from "../errors/scenes.ts"
import { silent } from "../errors/silent.ts"
import { site } from "../layout.ts"

const page = (name: string): string => Fs.readFileSync(Path.join(site, "reference", name), "utf8")

/** What is in the code, and in no reference. */
export const missingInReferences = (): ReadonlyArray<string> => {
  const configuration = page("configuration.md")
  const exitCodes = page("exit-codes.md")
  const errors = Fs.readdirSync(Path.join(site, "reference/errors"))
    .map((file) => page(`errors/${file}`))
    .join("\n")
  return [
    ...Array.from(variablesInCode())
      .filter((name) => !configuration.includes(`| \`${name}\` |`))
      .map((name) => `${name} is in no reference`),
    ...Object.entries(codes)
      .filter(([name, code]) => !exitCodes.includes(`| ${code} | \`${name}\` |`))
      .map(([name, code]) => `exit code ${code} (${name}) is in no reference`),
    // That these are all, the compiler says.
    ...[...Object.keys(scenes), ...Object.keys(silent)].flatMap((name) => {
      const [, section] = errors.split(`\n## ${name}\n`)
      const body = section?.split("\n## ")[0] ?? ""
      const lacks = ["**What to do:**", "**What HCP said:**", "**It reads:**"].filter((part) => !body.includes(part))
      return lacks.length === 0 ? [] : [`the reason ${name} has no ${lacks.join(", ")} in the reference`]
    })
  ]
}
