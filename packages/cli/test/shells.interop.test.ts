import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { works } from "../../s3/test/utils/program.ts"
import { domain, makeCli } from "./cli.ts"
import { atTerminal } from "./terminal.ts"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

const System = Simulator.layer({
  systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1", s3: true }] }]
})

const prompt = "ready> "

interface Shell {
  readonly start: string
  /** Lines typed once: the completions, and a key Ctrl-T that writes the line as it stands to a file, and empties it. */
  readonly setUp: ReadonlyArray<string>
}

const shells: Readonly<Record<string, Shell>> = {
  bash: {
    start: "bash --norc --noprofile -i",
    setUp: [
      "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'",
      "source <(hcp completions bash)",
      `bind -x '"\\C-t": printf "%s\\n" "$READLINE_LINE" >> "$LINES_FILE"; READLINE_LINE='`
    ]
  },
  zsh: {
    start: "zsh -f -i",
    setUp: [
      "unsetopt PROMPT_SP BEEP; unset zle_bracketed_paste",
      'mkdir -p "$HOME/functions"; hcp completions zsh > "$HOME/functions/_hcp"; fpath=("$HOME/functions" $fpath)',
      "autoload -Uz compinit; compinit -u -D",
      'keep() { print -r -- "$BUFFER" >> "$LINES_FILE"; BUFFER= }; zle -N keep; bindkey "^T" keep'
    ]
  },
  fish: {
    start: `fish --no-config -i -C "function fish_prompt; printf '${prompt}'; end; function fish_greeting; end"`,
    setUp: ["hcp completions fish | source", `bind \\ct 'commandline >> "$LINES_FILE"; commandline ""'`]
  }
}

/** What is typed before Tab is pressed, and what then stands there. */
const lines: ReadonlyArray<readonly [typed: string, completed: string]> = [
  ["hcp retention-cl", "hcp retention-class "],
  ["hcp ls --recur", "hcp ls --recursive "],
  ["hcp profile tes", "hcp profile test "],
  ["hcp ls -p archi", "hcp ls -p archive "],
  ["hcp cat archive:/inv", "hcp cat archive:/invoices/"],
  ["hcp cat /invoices/2026/", "hcp cat /invoices/2026/1.pdf "],
  ["hcp stat s3://n1/inbox/", "hcp stat s3://n1/inbox/a\\ b.txt "],
  ["hcp cp -r sca", "hcp cp -r scans/"]
]

/** `hcp` and a profile where a shell finds them, and something to be found. */
const makeHome = Effect.gen(function* () {
  const { env, home, pipe } = yield* makeCli()
  for (const file of ["/invoices/2026/1.pdf", "/inbox/a b.txt"]) yield* pipe("x", "put", file, "-q")
  const write = (name: string, text: string, mode: number) => {
    const file = path.join(home, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text, { mode })
  }
  write("bin/hcp", `#!/bin/sh\nexec '${process.execPath}' --conditions=@effect-hcp/source '${bin}' "$@"\n`, 0o755)
  const { HOME, ...variables } = env
  const text = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  write("scans/1.tif", "tif", 0o644)
  write(".config/hcp/profiles/archive.env", text.join(""), 0o600)
  const kept = path.join(home, "lines")
  return { kept, env: { ...env, PATH: `${home}/bin:${process.env.PATH}`, PS1: prompt, LINES_FILE: kept } }
})

/** A person at the shell: each line waits for the prompt before it. */
const completed = ({ setUp, start }: Shell) =>
  Effect.gen(function* () {
    const { env, kept } = yield* makeHome
    const shell = yield* atTerminal(start, { ...env, LANG: "C.UTF-8" })
    let prompts = 0
    const enter = Effect.fnUntraced(function* (keys: string) {
      prompts++
      yield* shell.shows(new RegExp(`(?:${prompt}[\\s\\S]*){${prompts}}`))
      yield* shell.type(`${keys}\r`)
    })
    for (const line of ['cd "$HOME"', ...setUp]) yield* enter(line)
    for (const [typed] of lines) yield* enter(`${typed}\t\u0014`)
    yield* enter("exit")
    const { screen } = yield* shell.ended
    if (!fs.existsSync(kept)) assert.fail(screen.join("\n"))
    return fs.readFileSync(kept, "utf8").split("\n").slice(0, -1)
  })

const isHere = works("script", "--version")

describe("completions, judged by the shells themselves", () => {
  for (const [name, shell] of Object.entries(shells)) {
    const missing = !isHere ? "script is not installed" : works(name, "--version") ? "" : `${name} is not installed`
    layer(System, { excludeTestServices: true })(name, (it) => {
      it.effect.skipIf(missing !== "")(
        `finishes commands, flags, profiles and places${missing === "" ? "" : `: skipped, as ${missing}`}`,
        () =>
          Effect.gen(function* () {
            assert.deepStrictEqual(
              yield* completed(shell),
              lines.map(([, expected]) => expected)
            )
          }),
        180_000
      )
    })
  }
})
