/**
 * `mapi get`: any resource of the management API as HCP writes it.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { asShown, command } from "../../internal/command.ts"
import { refuseCsv } from "../../internal/document.ts"
import { inManagement } from "../../internal/management.ts"

const mediaTypes = { json: "application/json", xml: "application/xml" } as const

const get = command(
  "get",
  "Write a resource of the management API to standard output",
  [
    ["hcp mapi get /tenants/finance/namespaces/invoices --query verbose=true", "As JSON"],
    ["hcp mapi get /services/replication/links --format xml", "As XML"]
  ],
  {
    path: Argument.String("path").pipe(Argument.withDescription("Path below /mapi, such as /tenants/finance")),
    format: Flag.Literals("format", ["json", "xml"]).pipe(
      Flag.withDescription("What HCP is asked for (default: json)"),
      Flag.withDefault("json")
    ),
    query: Flag.String("query").pipe(
      Flag.withDescription("A parameter, NAME=value; may be given several times"),
      Flag.withMetavar("NAME=value"),
      Flag.atLeast(0)
    )
  },
  ({ format, path, query }) =>
    Effect.gen(function* () {
      yield* refuseCsv("a resource as HCP writes it", "leave -o out, or take --format xml")
      const below = path.replace(/^\/mapi(?=\/|$)/, "")
      if (!below.startsWith("/")) return yield* usage(`${path} is no path`, "write /tenants/finance")
      if (below.includes("?")) return yield* usage("a path has no ?", "give parameters with --query")
      const pairs: Array<readonly [string, string]> = []
      for (const each of query) {
        const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(each) ?? []
        if (name === undefined) return yield* usage(`--query ${each} is no NAME=value`, "such as verbose=true")
        pairs.push([name, value])
      }
      yield* inManagement(({ output, sdk }) =>
        Effect.flatMap(
          sdk.Mapi.raw({ method: "GET", path: below, query: pairs, headers: { Accept: mediaTypes[format] } }),
          ({ bytes }) => output.raw(Stream.make(bytes, "\n"))
        )
      )
    })
)

/** @internal */
export const mapi = Command.make("mapi").pipe(
  Command.withDescription("Any resource of the management API"),
  Command.withExamples(asShown([["hcp mapi get /tenants/finance --query verbose=true", "As HCP says it"]])),
  Command.withSubcommands([get])
)
