/**
 * The reference of errors: a page for each kind of reason, with what causes it, what to do, and what HCP said.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { HcpError } from "../../../sdk/src/testing/index.ts"
import { documents, textOf } from "../documents.ts"
import { site } from "../layout.ts"
import { withPlaces } from "../manualPages.ts"
import { anchorOf, cell, table } from "../markdown.ts"
import { playAll } from "./played.ts"
import { type ReasonClass, reasonGroups } from "./reasonClasses.ts"
import { scenes } from "./scenes.ts"
import { silent } from "./silent.ts"

const titles: Readonly<Record<string, string>> = {
  WireReason: "On the way to HCP",
  StatusReason: "Statuses of HCP",
  ObjectReason: "Objects, and what stands in the way",
  S3Reason: "The S3 gateway",
  ManagementReason: "The management API",
  SpoolReason: "The spool",
  CheckReason: "The check before the first call"
}

/** What to do, by the reason: the table of the manual. */
const advice = (): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const { file } of documents) {
    const [, after = ""] = textOf(file).split("| Reason | When | What to do |")
    for (const [, names = "", todo = ""] of after.split("\n\n")[0]?.matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$/gm) ??
      []) {
      for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) found.set(name, withPlaces(file, todo))
    }
  }
  return found
}

const tryAgain = (expression: string): string => {
  if (expression === "true") return "yes"
  if (expression === "false") return "no, not without a change"
  return `where \`${expression.replaceAll("this.", "")}\``
}

const isReason = (name: string): name is HcpError.ReasonTag =>
  Object.hasOwn(scenes, name) || Object.hasOwn(silent, name)

/** The name of a reason, as one of those there are. Throws for another one. */
export const reasonNamed = (name: string): HcpError.ReasonTag => {
  if (!isReason(name)) throw new Error(`what HCP said is not known for ${name}: see packages/docs/src/errors`)
  return name
}

const fenced = (exchange: string): string => `\`\`\`http\n${exchange}\n\`\`\``

const front = `# Errors

There is one error, \`HcpError\`, and its \`reason\` is typed. [Errors and retries](/manual/failures/errors) says how a program
handles one; here is every reason, from the code. An answer of HCP that is shown is that of the simulator to a call that
was made when this page was built; [how true it is](/manual/simulator-fidelity/) says what of that is recorded off a real HCP.

Besides \`reason\` an error holds \`operation\`, \`target\`, \`path\`, \`failedAttempts\` (those before the last one), \`systemDown\`
and \`reached\`. Only with \`reached: "nothing"\` is it certain that the request had no effect.`

const sectionOf = (
  module: string,
  { about, fields, isRetryable, name }: ReasonClass,
  todo: string | undefined,
  said: string,
  message: string
): string =>
  [
    `## ${name}\n`,
    `${about}\n`,
    `**What to do:** ${todo ?? "see the message"}.\n`,
    `**Is it worth trying again?** ${tryAgain(isRetryable)}.\n`,
    "**It reads:**\n",
    `\`\`\`text\n${message}\n\`\`\`\n`,
    "**What HCP said:**\n",
    `${said}\n`,
    ...(fields.length === 0
      ? []
      : [
          "**Fields** of `error.reason`:\n",
          `${table(
            ["Field", "Type", "What it is"],
            fields.map((field) => [`\`${field.name}\``, `\`${cell(field.type)}\``, cell(field.about)])
          )}\n`
        ]),
    `[\`${name}\` in the API](/api/sdk/${module}/classes/${name})\n`
  ].join("\n")

/** Writes the pages. */
export const write = async (): Promise<void> => {
  const folder = Path.join(site, "reference/errors")
  Fs.mkdirSync(folder, { recursive: true })
  const played = await playAll()
  const todo = advice()
  const quiet: Readonly<Record<string, string>> = silent
  const pageOf = (module: string): string => module.replace("Reason", "").toLowerCase()
  for (const { about, module, reasons } of reasonGroups) {
    const sections = reasons.map((reason) => {
      const scene = played.get(reason.name)
      const said =
        scene?.exchange === undefined ? (quiet[reason.name] ?? "What the message says.") : fenced(scene.exchange)
      const sample = scene?.message ?? HcpError.make({ reason: reasonNamed(reason.name) }).message
      return sectionOf(module, reason, todo.get(reason.name), said, sample)
    })
    const text = [`# ${titles[module] ?? module}\n`, `${about}\n`, ...sections]
    Fs.writeFileSync(Path.join(folder, `${pageOf(module)}.md`), text.join("\n"))
  }
  const rows = reasonGroups.flatMap(({ module, reasons }) =>
    reasons.map(({ about, name }) => [
      `[\`${name}\`](/reference/errors/${pageOf(module)}#${anchorOf(name)})`,
      cell(about.split(/(?<=[.])\s/)[0] ?? ""),
      cell(todo.get(name) ?? "")
    ])
  )
  Fs.writeFileSync(
    Path.join(folder, "index.md"),
    `${front}\n\n${table(["Reason", "What it is", "What to do"], rows)}\n`
  )
}
