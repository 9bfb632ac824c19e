/**
 * What people look up: variables, reasons of errors, exit codes, and how true the simulator is.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as ConfigurationPage from "./configurationPage.ts"
import * as ErrorPages from "./errors/errorPages.ts"
import * as ExitCodePage from "./exitCodePage.ts"
import { site } from "./layout.ts"
import type { Section } from "./manualPages.ts"

/** Writes the pages, and gives what stands beside them. */
export const write = async (): Promise<Section> => {
  Fs.mkdirSync(Path.join(site, "reference"), { recursive: true })
  ConfigurationPage.write()
  await ErrorPages.write()
  ExitCodePage.write()
  return {
    text: "Reference",
    items: [
      { text: "Errors", link: "/reference/errors/" },
      { text: "Configuration", link: "/reference/configuration" },
      { text: "Exit codes", link: "/reference/exit-codes" },
      { text: "How true the simulator is", link: "/manual/simulator-fidelity/" },
      { text: "API", link: "/api/" }
    ]
  }
}
