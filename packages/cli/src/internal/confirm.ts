/**
 * Asks before something is done that cannot be taken back.
 *
 * @internal
 */
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import { codes } from "../ExitCode.ts"
import { Failure, usage } from "../Failure.ts"
import { toggle } from "./flagForms.ts"

/** `--yes`: does not ask. */
export const yes = toggle("yes", "Does it without asking; needed where there is no terminal").pipe(Flag.withAlias("y"))

/**
 * Goes on where the person at the terminal agrees, or with `--yes`. Fails with a usage failure where there is nobody to
 * ask, before anything is sent.
 */
export const confirm = (what: string, isAgreed: boolean) =>
  Effect.gen(function* () {
    if (isAgreed) return
    const stdio = yield* Stdio.Stdio
    if (!(yield* stdio.stdinIsTerminal) || !(yield* stdio.stderrIsTerminal)) {
      return yield* usage(`this would ${what}, and there is no terminal to ask at`, "add --yes if that is meant")
    }
    if (yield* Prompt.run(Prompt.Confirm({ message: `Really ${what}?`, initial: false }))) return
    return yield* new Failure({ error: "Refused", message: `did not ${what}`, code: codes.interrupted })
  })
