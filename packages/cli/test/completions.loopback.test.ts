import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, inject, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check } from "./expected.ts"
import { runCli } from "./runCli.ts"

const bin = path.join(inject("programs"), "hcp.js")

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1", s3: true },
        { tenant: "t1", name: "n2" }
      ]
    }
  ]
})

/** What a word is completed to: the last one, unless there is an index. */
const makeComplete = Effect.gen(function* () {
  const cli = yield* makeCli()
  const { env, hcp, pipe } = cli
  for (const file of ["/invoices/2026/1.pdf", "/invoices/it's $1.pdf", "/inbox/a b.txt", "/readme"]) {
    // Of another test already.
    yield* pipe("x", "put", file, "-q")
  }
  const settings = ["HCP_TLS=false", `HCP_PORT=${env.HCP_PORT}`, `HCP_NAME_SERVERS=${env.HCP_NAME_SERVERS}`]
  for (const name of ["lab", "archive"]) {
    const set = settings.flatMap((one) => ["--set", one])
    const added = runCli(
      ["profile", "add", name, "--fqdn", env.HCP_FQDN, "--username", "n", "--password-command", "echo n01", ...set],
      { env: { HOME: env.HOME } }
    )
    assert.strictEqual((yield* added).code, 0)
  }
  const complete = (...words: ReadonlyArray<string>) =>
    Effect.map(hcp("complete-word", String(words.length), "--", "hcp", ...words), ({ code, stderr, stdout }) => {
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, "")
      return stdout.split("\n").slice(0, -1).sort()
    })
  return { ...cli, complete }
})

layer(System, { excludeTestServices: true })("words of a command line", (it) => {
  it.effect("are completed to places and profiles, where a place or a profile stands", () =>
    Effect.gen(function* () {
      const { complete } = yield* makeComplete
      assert.deepStrictEqual(yield* complete("ls", "/in"), ["/inbox/", "/invoices/"])
      assert.deepStrictEqual(yield* complete("ls", "-l", "/invoices/2"), ["/invoices/2026/"])
      assert.deepStrictEqual(yield* complete("cp", "-r", "--retention", "A+1y", "./x", "/inv"), ["/invoices/"])
      assert.deepStrictEqual(yield* complete("cat", "/readme", "/inbox/a\\ "), ["/inbox/a b.txt"])
      assert.deepStrictEqual(yield* complete("cat", "'/invoices/it"), ["/invoices/it's $1.pdf"])
      assert.deepStrictEqual(yield* complete("ls", ""), ["/", "archive:", "lab:", "s3://", "swift://"])
      assert.deepStrictEqual(yield* complete("ls", "la"), ["lab:"])
      assert.deepStrictEqual(yield* complete("ls", "lab:/read"), ["lab:/readme"])
      assert.deepStrictEqual(yield* complete("ls", "lab:s3://n1/inv"), ["lab:s3://n1/invoices/"])
      assert.deepStrictEqual(yield* complete("-p", ""), ["archive", "lab"])
      assert.deepStrictEqual(yield* complete("ls", "--profile=l"), ["--profile=lab"])
      assert.deepStrictEqual(yield* complete("profile", "show", "a"), ["archive"])
      assert.deepStrictEqual(yield* complete("annotation", "get", "/readme", ""), [])
      assert.deepStrictEqual(yield* complete("doctor", "/"), [])
      assert.deepStrictEqual(yield* complete("ls", "--rec"), [])
      assert.deepStrictEqual(yield* complete("verify", "./x", "/inv"), ["/invoices/"])
    })
  )

  it.effect("are those of the profile, and hold nothing that a shell would run or lose", () =>
    Effect.gen(function* () {
      const { as, complete, env } = yield* makeComplete
      const fqdn = `n2.t1.${domain}`
      const profiles = path.join(env.HOME, ".config/hcp/profiles")
      const lab = fs.readFileSync(path.join(profiles, "lab.env"), "utf8")
      fs.writeFileSync(path.join(profiles, "other.env"), lab.replace(env.HCP_FQDN, fqdn), { mode: 0o600 })
      for (const name of ["/of/another", "/of/two\nlines"]) {
        check(yield* runCli(["put", name, "-q"], { env: { ...env, HCP_FQDN: fqdn }, stdin: "x" }), {})
      }
      assert.deepStrictEqual(yield* complete("ls", "lab:/of"), [])
      assert.deepStrictEqual(yield* complete("ls", "other:/of"), ["other:/of/"])
      assert.deepStrictEqual(yield* complete("ls", "other:/of/"), ["other:/of/another"])
      assert.deepStrictEqual(yield* complete("-p", "other", "ls", "/in"), [])
      assert.deepStrictEqual(yield* complete("-p", "lab", "ls", "/in"), ["/inbox/", "/invoices/"])
      check(yield* as({ HCP_FQDN: fqdn })("complete-word", "2", "--", "hcp", "ls", "/in"), {})
    })
  )

  it.effect("are left as they are where anything fails, and nothing is said", () =>
    Effect.gen(function* () {
      const { as, complete } = yield* makeComplete
      assert.deepStrictEqual(yield* complete("ls", "/none/x"), [])
      assert.deepStrictEqual(yield* complete("ls", "none:/x"), [])
      assert.deepStrictEqual(yield* complete("ls", "/../x"), [])
      check(yield* as({ HCP_PORT: "1" })("complete-word", "2", "--", "hcp", "ls", "/inv"), {})
      check(yield* as({ HCP_PASSWORD: "canary-password" })("complete-word", "2", "--", "hcp", "ls", "/rea"), {})
    })
  )

  it.effect("are asked of HCP once in some seconds, and kept for the user alone", () =>
    Effect.gen(function* () {
      const { complete, env, pipe } = yield* makeComplete
      const { requests } = yield* Simulator.Simulator
      const count = Effect.map(requests, (ofNodes) => Object.values(ofNodes).reduce((sum, one) => sum + one, 0))
      assert.deepStrictEqual(yield* complete("ls", "/rea"), ["/readme"])
      check(yield* pipe("x", "put", "/really", "-q"), {})
      const before = yield* count
      assert.deepStrictEqual(yield* complete("ls", "/rea"), ["/readme"])
      assert.strictEqual(yield* count, before)
      const folder = path.join(env.HOME, ".cache", "hcp", "places")
      assert.strictEqual(fs.statSync(folder).mode & 0o777, 0o700)
      const files = fs.readdirSync(folder)
      for (const file of files) {
        assert.strictEqual(fs.statSync(path.join(folder, file)).mode & 0o777, 0o600)
        fs.utimesSync(path.join(folder, file), new Date(0), new Date(0))
      }
      assert.deepStrictEqual(yield* complete("ls", "/rea"), ["/readme", "/really"])
      assert.lengthOf(fs.readdirSync(folder), 1)
    })
  )

  it.effect("have scripts for shells, without the sub-command that these ask", () =>
    Effect.gen(function* () {
      const { hcp } = yield* makeCli()
      for (const shell of ["bash", "zsh", "fish"]) {
        const { code, stdout } = yield* hcp("completions", shell)
        assert.strictEqual(code, 0)
        assert.include(stdout, "complete-word")
        assert.include(stdout, "retention")
        assert.notMatch(stdout, /What a word of a command line/)
      }
      assert.match((yield* hcp("completions", "zsh")).stdout, /^#compdef hcp\n/)
      check(yield* hcp("completions", "tcsh"), { code: 2, stderr: /tcsh/ })
      assert.notInclude((yield* hcp("--help")).stdout, "complete-word")
    })
  )
})

/** Presses Tab in bash behind each of these lines, given as readline splits them: what the last word may become. */
const inBash = (env: Readonly<Record<string, string>>, lines: ReadonlyArray<ReadonlyArray<string>>) =>
  Effect.callback<ReadonlyArray<string>>((resume) => {
    const folder = path.join(env.HOME ?? "", "bin")
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(
      path.join(folder, "hcp"),
      `#!/bin/sh\nexec '${process.execPath}' --conditions=@effect-hcp/source '${bin}' "$@"\n`,
      { mode: 0o755 }
    )
    const program = `source <(hcp completions bash)
compopt() { :; }
tab() {
  COMP_LINE="$1" COMP_POINT=\${#COMP_LINE}
  shift
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _hcp hcp "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
  printf '[%s]\\n' "\${COMPREPLY[@]}"
}
${lines.map((words) => `tab '${words.join(" ").replace(" : ", ":")}' ${words.map((word) => `'${word}'`).join(" ")}`).join("\n")}`
    const { NODE_COMPILE_CACHE = "", PATH = "" } = process.env
    execFile(
      "bash",
      ["-c", program],
      { env: { ...env, PATH: `${folder}:${PATH}`, NODE_COMPILE_CACHE } },
      (_, ...said) => resume(Effect.succeed(said.join("").split("\n").slice(0, -1)))
    )
  })

layer(System, { excludeTestServices: true })("bash", (it) => {
  it.effect("completes commands, and places as it reads them", () =>
    Effect.gen(function* () {
      const { env } = yield* makeComplete
      const found = yield* inBash(env, [
        ["hcp", "retention-c"],
        // Readline splits a word at a colon.
        ["hcp", "cat", "lab", ":", "/inbox/"]
      ])
      assert.deepStrictEqual(found, ["[retention-class]", "[/inbox/a\\ b.txt ]"])
    })
  )
})
