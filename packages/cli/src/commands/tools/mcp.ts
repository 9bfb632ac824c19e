/**
 * `mcp`: the namespace for programs that speak the Model Context Protocol, such as assistants.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { command } from "../../internal/command.ts"
import { withNamespace } from "../../internal/connection.ts"
import { toggle } from "../../internal/flagForms.ts"
import * as GlobalFlags from "../../internal/globalFlags.ts"

/** @internal */
export const mcp = command(
  "mcp",
  "Serve the namespace to an assistant by the Model Context Protocol, on standard input and output",
  [
    ["hcp mcp --profile lab", "List, stat, read, find, statistics and retention; nothing is changed"],
    ["hcp mcp --profile lab --write", "May store new objects and set retentions too; never deletes or replaces"]
  ],
  {
    write: toggle("write", "Offers to store new objects and to set retentions")
  },
  ({ write }) =>
    Effect.gen(function* () {
      const profile = Option.getOrUndefined(yield* GlobalFlags.profile)
      const { serve } = yield* Effect.promise(() => import("../../internal/mcp/serve.ts"))
      yield* withNamespace({ _tag: "Hcp", profile, path: "/" }, (ns) => serve(ns, { write, profile }))
    })
)
