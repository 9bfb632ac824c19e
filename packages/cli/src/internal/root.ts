/**
 * The command `hcp` itself, without what is below it.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import { asShown } from "./command.ts"

/** @internal */
export const root = Command.make("hcp").pipe(
  Command.withDescription("Hitachi Content Platform from the command line"),
  Command.withExamples(
    asShown([
      ["hcp profile add default --fqdn n1.t1.hcp1.example.com --username n", "Says where HCP is, and who you are"],
      ["hcp doctor", "Looks whether everything between here and there works"],
      ["hcp cp -r scans /scans", "Stores a folder"],
      ["hcp ls -l /scans", "What is there"]
    ])
  )
)
