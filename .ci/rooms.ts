/**
 * Checks which file may import which, and a few other rules of the house that a linter does not know.
 *
 * Usage: `npm run rooms`. It prints one line for each breach, with file, line and rule, and ends with 1 if there is
 * any. Biome finds circles of imports before it. Type imports count like all others: a file depends on what it takes
 * its types from.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { allModules } from "./modules.ts"

const packages = fileURLToPath(new URL("../packages/", import.meta.url))

interface Import {
  /** As it is written: a path, or the name of a package. */
  readonly from: string
  /** The file, relative to `packages`, where it is one of ours. */
  readonly file: string | undefined
  readonly line: number
}

interface SourceFile {
  /** Relative to `packages`, with `/` between. */
  readonly path: string
  readonly lines: ReadonlyArray<string>
  readonly imports: ReadonlyArray<Import>
}

/** An import that is forbidden to some files. */
interface ImportRule {
  readonly name: string
  readonly why: string
  readonly files: RegExp
  /** Files that may. */
  readonly except?: RegExp
  /** What must not be imported: a file relative to `packages`, or the name of a package. */
  readonly never: RegExp
}

const importRules: ReadonlyArray<ImportRule> = [
  {
    name: "gateways",
    why: "a gateway asks HcpClient; it knows nothing of connections, nodes and names",
    files: /^(?:sdk\/src\/(?:namespace|mapi|query)|(?:s3|swift)\/src)\//,
    // What tests of users have in place of the gateway's node.
    except: /^(?:s3|swift)\/src\/testing\//,
    never:
      /^(?:sdk\/src\/(?:internal\/(?:transport|pool|dns)\/|(?:Transport|Connection|ConnectionPool|AddressPool|Resolver)\.ts)|node:dns|undici)/
  },
  ...["namespace", "mapi", "query"].map((gateway) => ({
    name: "gateways",
    why: "what several gateways need stands in sdk/src/internal, and not in the room of one of them",
    files: new RegExp(`^sdk/src/(?!${gateway}/)(?:namespace|mapi|query|internal)/`),
    never: new RegExp(`^sdk/src/${gateway}/internal/`)
  })),
  {
    name: "undici",
    why: "only sdk/src/internal/transport imports undici",
    files: /^(?:sdk|s3|swift|simulator|console|spool|jobs|cli)\/src\//,
    except: /^sdk\/src\/internal\/transport\//,
    never: /^undici(?:\/|$)/
  },
  {
    name: "dns-packet",
    why: "only sdk/src/internal/dns and the simulator's name server import dns-packet",
    files: /^(?:sdk|s3|swift|simulator|console|spool|jobs|cli)\/src\//,
    except:
      /^(?:sdk\/src\/internal\/dns\/|simulator\/src\/(?:NameServer|internal\/(?:nameReplies|zoneAnswer|memoryResolver))\.ts$)/,
    never: /^dns-packet(?:\/|$)/
  },
  {
    name: "xml",
    why: "only sdk/src/internal/xml reads XML",
    files: /^(?:sdk|s3|swift|simulator|console|spool|jobs|cli)\/src\//,
    // The simulator reads XML by itself, so that it can judge what the SDK writes.
    except: /^(?:sdk\/src\/internal\/xml\/|simulator\/src\/(?:mapi\/format|internal\/wellFormed)\.ts$)/,
    never: /^effect\/encoding\/Xml$/
  },
  {
    name: "packages",
    why: "arrows go down only: examples and bench to simulator and s3, these to sdk, sdk to none",
    files: /^sdk\/src\//,
    never: /^(?:s3|swift|simulator|console|spool|jobs|cli|bench|examples)\/|^@effect-hcp\//
  },
  {
    name: "packages",
    why: "arrows go down only: examples and bench to simulator and s3, these to sdk, sdk to none",
    files: /^(?:s3|swift|simulator)\/src\//,
    never: /^(?:console|spool|jobs|cli|bench|examples)\//
  },
  {
    name: "packages",
    why: "the command hcp imports no programs, and no simulator",
    files: /^cli\/src\//,
    never: /^(?:simulator|console|bench|examples)\//
  },
  {
    name: "packages",
    why: "the spool stands on the sdk alone",
    files: /^spool\/src\//,
    never: /^(?:s3|swift|jobs|simulator|cli|console|bench|examples)\//
  },
  {
    name: "packages",
    why:
      "jobs stand on sdk and s3, and on the database, " +
      "the note of its owner and the check of input that the spool has",
    files: /^jobs\/src\//,
    never:
      /^(?:swift|simulator|cli|console|bench|examples)\/|^spool\/src\/(?!(?:SqliteDatabase|SqliteSchema|DirectoryOwner|InputCheck)\.ts$)/
  },
  {
    name: "packages",
    why: "a gateway imports no other one, and not the simulator",
    files: /^s3\/src\//,
    never: /^(?:simulator|swift)\//
  },
  {
    name: "packages",
    why: "a gateway imports no other one, and not the simulator",
    files: /^swift\/src\//,
    never: /^(?:simulator|s3)\//
  },
  {
    name: "packages",
    why: "the simulator does not import s3 and swift",
    files: /^simulator\/src\//,
    never: /^(?:s3|swift)\//
  },
  {
    name: "packages",
    why: "the console stands on sdk and s3, and asks a simulator by the protocol of its control port",
    files: /^console\/src\//,
    never: /^(?:swift|spool|jobs|cli|bench|examples)\/|^simulator\/src\/(?!(?:ControlApi|Faults)\.ts$)/
  },
  {
    name: "packages",
    why: "a page runs in a browser: of the packages, and of the server, it knows types alone",
    files: /^console\/src\/web\//,
    never: /^(?:sdk|s3)\/|^console\/src\/(?!web\/|internal\/documents\.ts$)|^node:/
  },
  {
    name: "internal",
    why: "what is internal to a package is imported inside it only",
    files: /^(?:sdk|s3|swift|simulator|cli|spool|jobs|bench|examples)\/src\//,
    never: /^console\/src\/(?:internal|web)\//
  },
  {
    name: "internal",
    why: "what is internal to a package is imported inside it only",
    files: /^(?:s3|swift|simulator|console|cli|spool|jobs|bench|examples)\/src\//,
    never: /^sdk\/src\/(?:.*\/)?internal\//
  },
  {
    name: "internal",
    why: "what is internal to a package is imported inside it only",
    files: /^(?:sdk|swift|simulator|console|cli|spool|jobs|bench|examples)\/src\//,
    never: /^s3\/src\/internal\//
  },
  {
    name: "internal",
    why: "what is internal to a package is imported inside it only",
    files: /^(?:sdk|s3|simulator|console|cli|spool|jobs|bench|examples)\/src\//,
    never: /^swift\/src\/internal\//
  },
  {
    name: "testing",
    why: "what is for tests of users is loaded by nobody else",
    files: /^(?:sdk|s3|swift|simulator|console|cli|spool|jobs|bench|examples)\/src\/(?!testing\/)/,
    never: /^(?:sdk|s3|swift)\/src\/testing\//
  },
  {
    name: "simulator",
    why: "only Simulator.layerClient knows the client that the simulator judges",
    files: /^simulator\/src\//,
    except: /^simulator\/src\/(?:Simulator|index|internal\/memoryClient)\.ts$/,
    never: /^simulator\/src\/(?:ClientOptions|internal\/memoryClient)\.ts$/
  },
  {
    name: "timers",
    why: "whatever waits uses Effect's clock",
    files: /^(?:sdk|s3|swift|simulator|console|cli|spool|jobs)\/src\//,
    never: /^(?:node:)?timers(?:\/|$)/
  }
]

/** The working parts of the client. The simulator judges them, so nothing that it imports may lead to them. */
const client = /^sdk\/src\/(?:index|Hcp|HcpClient|Target|ReplicaStrategy|ConnectionPool|AddressPool)\.ts$/

/** They make a client for tests, and nothing else of the simulator imports them. */
const handsOutClient = /^simulator\/src\/(?:ClientOptions|internal\/memoryClient)\.ts$/

/**
 * Text that is forbidden in a line of code. The formatter keeps what belongs to the module itself at the first column.
 */
const lineRules: ReadonlyArray<{ readonly name: string; readonly why: string; readonly never: RegExp }> = [
  {
    name: "state",
    why: "a module holds no mutable state; keep it in a service",
    never: /^(?:export )?(?:let|var)\s/
  },
  {
    name: "state",
    why: "a collection of a module never changes; give it the type ReadonlyMap, ReadonlySet or ReadonlyArray",
    never:
      /^(?:export )?const \w+(?:: (?:(?:Weak)?(?:Map|Set)|Array)<| = new (?:Weak)?(?:Map|Set)\b| = (?:\[\]|\{\})| = Mutable)/
  },
  {
    name: "timers",
    why: "whatever waits uses Effect's clock: Effect.sleep or a Schedule",
    never: /(?:^|[^.\w]|globalThis\.)set(?:Timeout|Interval|Immediate)\(/
  }
]

const namesOfNoJob = /(?:[/.-](?:utils?|helpers?|misc)|Utils?|Helpers?|Misc)\.ts$/

const importForms = [
  // `import ... from`, `export ... from` and `import "..."` begin a line; a type may name a module anywhere.
  /^(?:import|export)\b[^"';=]*?from\s+"([^"]+)"/gm,
  /^import\s+"([^"]+)"/gm,
  /\bimport\("([^"]+)"\)/g
]

const read = (path: string): SourceFile => {
  const text = Fs.readFileSync(packages + path, "utf8")
  const imports = importForms.flatMap((form) =>
    Array.from(text.matchAll(form), ({ 0: found, 1: from = "", index }): Import => {
      const line = text.slice(0, index + found.length).split("\n").length
      return { from, file: fileOf(path, from), line }
    })
  )
  return { path, lines: text.split("\n"), imports }
}

const fileOf = (path: string, from: string): string | undefined => {
  if (from.startsWith(".")) return Path.posix.join(Path.posix.dirname(path), from)
  const module = allModules.get(from)
  return module === undefined ? undefined : `${module.package}/${module.source}`
}

const sources: ReadonlyMap<string, SourceFile> = new Map(
  Fs.globSync("*/src/**/*.ts", { cwd: packages })
    .map((path) => path.split(Path.sep).join("/"))
    .filter((path) => !path.includes("/src/tmp/"))
    .sort()
    .map((path) => [path, read(path)])
)

/** One line for each breach. */
const breaches: ReadonlyArray<string> = Array.from(sources.values()).flatMap(({ imports, lines, path }) => {
  const found: Array<string> = []
  const say = (line: number, rule: string, what: string) => found.push(`packages/${path}:${line}: [${rule}] ${what}`)
  if (namesOfNoJob.test(path)) say(1, "names", "name the file after the one thing it does")
  for (const { except, files, name, never, why } of importRules) {
    if (!files.test(path) || except?.test(path)) continue
    for (const { file, from, line } of imports) if (never.test(file ?? from)) say(line, name, `imports ${from}: ${why}`)
  }
  if (/^(?:(?:sdk|s3|swift|simulator|spool|jobs|cli)\/src\/|console\/src\/(?!web\/))/.test(path)) {
    for (const [index, line] of lines.entries()) {
      if (/^\s*(?:\*|\/\/|\/\*)/.test(line)) continue
      for (const { name, never, why } of lineRules) if (never.test(line)) say(index + 1, name, why)
    }
  }
  if (path.startsWith("simulator/src/") && !handsOutClient.test(path)) {
    for (const { file, from, line } of imports) {
      const way = file?.startsWith("sdk/") ? wayToClient(file, new Set()) : undefined
      if (way !== undefined) {
        say(line, "simulator", `imports ${from}, which leads to the client it judges: ${way.join(" -> ")}`)
      }
    }
  }
  return found
})

/** How a file comes to a working part of the client, if it does. */
function wayToClient(path: string, seen: Set<string>): ReadonlyArray<string> | undefined {
  if (client.test(path)) return [path]
  if (seen.has(path)) return undefined
  seen.add(path)
  for (const { file } of sources.get(path)?.imports ?? []) {
    const rest = file === undefined ? undefined : wayToClient(file, seen)
    if (rest !== undefined) return [path, ...rest]
  }
  return undefined
}

process.stdout.write(
  breaches.length === 0
    ? `${sources.size} files keep the rules\n`
    : `${breaches.join("\n")}\n${breaches.length} breaches\n`
)
process.exitCode = breaches.length === 0 ? 0 : 1
