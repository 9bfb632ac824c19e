import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { HcpError } from "@effect-hcp/sdk"
import { fromError } from "../src/Failure.ts"
import { inWords } from "../src/internal/words.ts"

const packages = fileURLToPath(new URL("../../", import.meta.url))

/** What other programs use, and no command. */
const notOfCommands =
  /\/(file(Reads|Writes|Copies|System)|keyValueStore|httpClient|writer|changes|listCursor|place)\.ts$/

/** Texts between quotation marks, of sources, that name something between backquotes. */
const advice = ["sdk/src/namespace", "sdk/src", "s3/src"]
  .flatMap((folder) =>
    fs
      .readdirSync(path.join(packages, folder), { recursive: folder !== "sdk/src", encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => path.join(packages, folder, name))
  )
  .filter((file) => !notOfCommands.test(file))
  .flatMap((file) =>
    fs
      .readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !/^\s*(\*|\/)/.test(line))
      .map((line) => line.replaceAll("\\`", "`").replaceAll('\\"', '"'))
      .filter((line) => /["'`][^`"]*`[A-Za-z.]+(: [^`]*)?`/.test(line) && / (?:[a-z]+ ){2}/.test(line))
      .map((line) => ({ file: path.relative(packages, file), line: line.trim() }))
  )

/** Rules of names, whose characters stand between backquotes. */
const isRule = (line: string): boolean => /has a `\.+` segment|letters, digits/.test(line)

describe("errors", () => {
  it("advise with flags and commands, where the SDK advises with options and functions", () => {
    assert.isAbove(advice.length, 8)
    const left = advice.filter(({ line }) => !isRule(line) && /`(?!hcp |aws )[A-Za-z.]+(: [^`]*)?`/.test(inWords(line)))
    assert.deepStrictEqual(left, [])
  })

  it.each([
    ["ifExists", "--if-exists"],
    ["versionId", "--version-id"],
    ["concurrency", "--concurrency"],
    ["to", "destination"],
    ["username", "username"]
  ])("call the option %s %s", (field, flag) => {
    const reason = new HcpError.InvalidInput({ field, detail: "is wrong" })
    const { code, message } = fromError(new HcpError.HcpError({ operation: "PUT", path: "/to: a", reason }))
    assert.deepStrictEqual({ code, message }, { code: 2, message: `PUT /to: a: ${flag}: is wrong` })
  })

  it.each([
    [new HcpError.ObjectExists({ kind: "object" }), /say what to do with --if-exists$/],
    [new HcpError.ObjectExists({ kind: "object", keepsVersions: false }), /or take --if-exists replace$/],
    [new HcpError.IsADirectory(), /see what is in it with `hcp ls`$/],
    [new HcpError.NotADirectory(), /name the directory above it, or read it with `hcp cat`$/]
  ])("say what to do about %s", (reason, message) => {
    assert.match(fromError(new HcpError.HcpError({ operation: "PUT", path: "/a", reason })).message, message)
  })
})
