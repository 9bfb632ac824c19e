/**
 * The size of the SDK core when it is bundled, minified and compressed.
 */
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { BenchError, toBenchError } from "../benchError.ts"
import { atMost, plain } from "../figure.ts"
import * as PeersFolder from "../peersFolder.ts"
import type { Report, Suite } from "../suite.ts"

const suite = "size"

/** In kilobytes, minified and gzipped. */
const target = 40

/** Everything below the gateways. */
const core = [
  "AddressPool",
  "Connection",
  "ConnectionPool",
  "Credentials",
  "Hcp",
  "HcpBody",
  "HcpClient",
  "HcpError",
  "HcpHeaders",
  "HcpRequest",
  "HcpResponse",
  "ReplicaStrategy",
  "Resolver",
  "RetryPolicy",
  "Target",
  "Tls",
  "Transport"
]
const entry = core.map((module) => `export * as ${module} from "@effect-hcp/sdk/${module}"`).join("\n")
const whole = `export * from "@effect-hcp/sdk"`

const platform = ["effect", "effect/*", "@effect/platform-node", "@effect/platform-node/*", "undici", "undici/*"]
const dependencies = ["dns-packet", "uuid"]

const Sizes = Schema.Struct({ minified: Schema.Int, gzipped: Schema.Int })
const LoadedAndAll = Schema.Struct({ loaded: Sizes, all: Sizes })

const folder = fileURLToPath(new URL("../", import.meta.url))

const sizeOf = (text: string, external: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const bundler = yield* PeersFolder.load("bundle.js")
    const { sizeOf } = bundler
    if (!Predicate.isFunction(sizeOf)) return yield* new BenchError({ what: "peers/bundle.js exports no sizeOf" })
    const sizes: unknown = yield* Effect.tryPromise({
      try: async (): Promise<unknown> => sizeOf(text, folder, external),
      catch: toBenchError
    })
    return yield* Effect.mapError(Schema.decodeUnknownEffect(LoadedAndAll)(sizes), toBenchError)
  })

const kilobytes = (bytes: number): number => bytes / 1000

const measure = Effect.gen(function* () {
  const own = yield* sizeOf(entry, [...platform, ...dependencies])
  const all = yield* sizeOf(entry, platform)
  const everything = yield* sizeOf(whole, [...platform, ...dependencies])
  const row = (name: string, { gzipped, minified }: typeof Sizes.Type) => [
    name,
    kilobytes(minified).toFixed(1),
    kilobytes(gzipped).toFixed(1)
  ]
  const metric = "KB minified and gzipped"
  const report: Report = {
    figures: [
      atMost({ suite, case: "own code of the SDK core", metric }, kilobytes(own.loaded.gzipped), target),
      plain({ suite, case: "the same with what it loads on demand", metric }, kilobytes(own.all.gzipped)),
      plain(
        { suite, case: "the SDK core with dns-packet and uuid, on demand too", metric },
        kilobytes(all.all.gzipped)
      ),
      plain({ suite, case: "own code of the whole SDK", metric }, kilobytes(everything.all.gzipped))
    ],
    tables: [
      {
        title: "Bundled without effect and undici, kilobytes",
        columns: ["", "minified", "and gzipped"],
        rows: [
          row("own code of the SDK core", own.loaded),
          row("with what it loads on demand", own.all),
          row("and with dns-packet and uuid", all.all),
          row("own code of the whole SDK", everything.all)
        ]
      }
    ],
    charts: [],
    notes: []
  }
  return report
})

const skipped = (error: BenchError): Report => ({
  figures: [],
  tables: [],
  charts: [],
  notes: [`The size is skipped: ${error.message}`]
})

/** @see {@link target} */
export const size: Suite = {
  name: suite,
  about: "the code that is loaded with the SDK core, bundled, minified and gzipped",
  seconds: () => 2,
  needsPeers: true,
  run: () =>
    Effect.flatMap(PeersFolder.isInstalled, (isThere) =>
      isThere ? measure : Effect.succeed(skipped(new BenchError({ what: "its tools are not installed" })))
    )
}
