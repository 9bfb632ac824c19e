/**
 * Writes the list of all public names of each package, `api.md` in its folder, from the declarations, and checks the
 * names by the rules that a script can check. Run it after `npm run compile`.
 *
 * Usage: `npm run api` writes the lists; `npm run api -- --check` fails where they are not what is checked in.
 *
 * Names that break a rule today stand in `surfaceExceptions.txt` beside this file. That list may only shrink: a name
 * that is new on it is a fault, and so is a line for a name that breaks the rule no more.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { folderOf, type Module, manifestOf, modulesOf, published, repository } from "./modules.ts"

/** One statement of a declaration, without comments. */
interface Statement {
  readonly kind: string
  readonly name: string
  readonly text: string
}

/** A method, a field, an option: what stands between braces of an exported type, function or class. */
interface Member {
  readonly name: string
  readonly text: string
}

interface PublicName {
  readonly name: string
  readonly kind: string
  readonly members: ReadonlyArray<Member>
  /** Its declaration; empty where it is exported once more from another module. */
  readonly text: string
  /** That other module. */
  readonly from: string | undefined
}

const withoutComments = (text: string): string =>
  text.replaceAll(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|\/\/.*/g,
    (_, string?: string) => string ?? ""
  )

/** The compiler begins each statement, and nothing else but closing brackets, at the first column. */
const statementsOf = (declaration: string): ReadonlyArray<Statement> =>
  withoutComments(declaration)
    .split(/^(?=[a-z])/m)
    .map((piece) => {
      const text = piece.trim()
      const [, kind = "", name = ""] =
        /^(?:export )?(?:declare )?(?:abstract )?(const|function|class|interface|type|namespace) ([\w$]+)/.exec(text) ??
        []
      return { kind, name, text }
    })

/** The members of a declaration: what has a name in its outermost braces. */
const membersOf = (text: string): ReadonlyArray<Member> => {
  const pieces: Array<string> = []
  let depth = 0
  let piece = ""
  for (const [token] of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[\s\S]/g)) {
    if (token === "}") depth--
    if (depth === 0) {
      if (token === "}") {
        pieces.push(piece)
        piece = ""
      }
    } else if (depth === 1 && token === ";") {
      pieces.push(piece)
      piece = ""
    } else piece += token
    if (token === "{") depth++
  }
  const members = new Map<string, Member>()
  for (const candidate of pieces) {
    const [, quoted, plain] =
      /^\s*(?:(?:static|readonly|abstract|get|set) )*(?:"([^"]+)"|([\w$]+))\??\s*[:(<]/.exec(candidate) ?? []
    const name = quoted ?? plain
    const hidden = /^\s*(?:private|protected|#)/.test(candidate) || name === "constructor" || name === "new"
    if (name === undefined || hidden) continue
    const known = members.get(name)
    members.set(name, { name, text: known === undefined ? candidate.trim() : `${known.text}; ${candidate.trim()}` })
  }
  return Array.from(members.values())
}

/** The names in `{ a, type B as C }`, as they are inside and as they are called outside. */
const namesIn = (list: string): ReadonlyArray<readonly [inside: string, outside: string]> =>
  list.split(",").flatMap((entry) => {
    const [, inside = "", outside = inside] = /^\s*(?:type )?([\w$]+)(?: as ([\w$]+))?\s*$/.exec(entry) ?? []
    return inside === "" ? [] : [[inside, outside] as const]
  })

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What a module exports, in the order of the names. Throws for what it cannot read. */
const namesOf = (module: Module, modules: ReadonlyArray<Module>, folder: string): ReadonlyArray<PublicName> => {
  const nameOfModule = (path: string): string => {
    if (!path.startsWith(".")) return path
    const source = Path.posix.join(Path.posix.dirname(module.source), path)
    return modules.find((other) => other.source === source)?.name ?? source
  }
  const statements = statementsOf(Fs.readFileSync(Path.join(folder, module.declaration), "utf8"))
  const imported = new Map<string, string>()
  for (const { text } of statements) {
    const [, list = "", path = ""] = /^import (?:type )?\{([^}]*)\} from "([^"]+)"/.exec(text) ?? []
    for (const [, outside] of namesIn(list)) imported.set(outside, nameOfModule(path))
    const [, space = "", all = ""] = /^import (?:type )?\* as ([\w$]+) from "([^"]+)"/.exec(text) ?? []
    if (space !== "") imported.set(space, nameOfModule(all))
  }
  const found = new Map<string, PublicName>()
  const add = (name: string, statement: Statement) => {
    const known = found.get(name)
    const text = known === undefined || known.text === "" ? statement.text : `${known.text}\n${statement.text}`
    const kinds = new Set([...(known?.kind.split(", ") ?? []), statement.kind])
    found.set(name, { name, kind: [...kinds].join(", "), members: membersOf(text), text, from: undefined })
  }
  const addAgain = (name: string, kind: string, from: string) =>
    found.set(name, { name, kind, members: [], text: "", from })

  for (const statement of statements) {
    if (!statement.text.startsWith("export ")) continue
    const [, whole] = /^export (?:type )?\* from "([^"]+)"/.exec(statement.text) ?? []
    const [, space, all = ""] = /^export (?:type )?\* as ([\w$]+) from "([^"]+)"/.exec(statement.text) ?? []
    const [, list, path] = /^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?/.exec(statement.text) ?? []
    if (whole !== undefined) addAgain("*", "again", nameOfModule(whole))
    else if (space !== undefined) addAgain(space, "module", nameOfModule(all))
    else if (list !== undefined) {
      for (const [inside, outside] of namesIn(list)) {
        const from = path === undefined ? imported.get(inside) : nameOfModule(path)
        const own = statements.filter(({ kind, name }) => kind !== "" && name === inside)
        if (from !== undefined) addAgain(outside, "again", from)
        else if (own.length > 0) for (const one of own) add(outside, one)
        else throw new Error(`${module.name}: where does ${inside} come from?`)
      }
    } else if (statement.kind !== "") add(statement.name, statement)
    else throw new Error(`${module.name}: what is this? ${statement.text.slice(0, 100)}`)
  }
  return Array.from(found.values()).sort((a, b) => compare(a.name, b.name))
}

/** A rule of the surface, and what breaks it. */
interface Rule {
  readonly name: string
  readonly why: string
  readonly breaks: (name: string, text: string, top: boolean) => boolean
}

const isFunction = (text: string): boolean =>
  /^(?:export |declare |readonly |static )*(?:const |function )?[\w$"]+\??\s*(?::\s*(?:\{\s*)?(?:<[\s\S]*?>)?\(|[(<])/.test(
    text
  )

const rules: ReadonlyArray<Rule> = [
  {
    name: "verb",
    why: "the verbs are get, find, exists, list, put, create, modify, delete, ensure, copy",
    breaks: (name, text) =>
      /^(?:remove|change|unset|update|set(?!Up)|fetch|retrieve)(?:$|[A-Z])/.test(name) && isFunction(text)
  },
  {
    name: "client",
    why: "nothing but make takes a client: what it does is a method of a service, or takes the service from R",
    breaks: (name, text, top) =>
      top &&
      !/^make/.test(name) &&
      /[(,]\s*\w+\??: (?:HcpClient\.(?:Shape|HcpClient\["Service"\])|Gateway\b|Mapi\.Shape)/.test(text)
  },
  {
    name: "null",
    why: "absence is Option in results and undefined in options",
    breaks: (_, text) => /\bnull\b/.test(text.replaceAll(/"[^"\n]*"/g, ""))
  },
  {
    name: "date",
    why: "an instant is DateTime.Utc",
    breaks: (_, text) => /(?<![\w.])Date\b(?!Time)/.test(text.replaceAll(/"[^"\n]*"/g, ""))
  },
  {
    name: "millis",
    why: "a span of time is a Duration, an instant DateTime.Utc",
    breaks: (name, text) => /(?:^m|M)illis(?:econds)?$|Ms$/.test(name) && /^(?:readonly )?\w+\??: number\b/.test(text)
  }
]

const breachesOf = (module: Module, { members, name, text }: PublicName): ReadonlyArray<string> =>
  rules.flatMap((rule) => {
    const own = members.filter((member) => rule.breaks(member.name, member.text, false))
    const says = (what: string) => `${rule.name} ${module.name} ${what}`
    if (own.length > 0) return own.map((member) => says(`${name}.${member.name}`))
    return rule.breaks(name, text, true) ? [says(name)] : []
  })

const lineOf = ({ from, kind, members, name }: PublicName): string => {
  if (name === "*") return `- all names of \`${from}\``
  if (from !== undefined)
    return kind === "module" ? `- \`${name}\`: the module \`${from}\`` : `- \`${name}\`, of \`${from}\``
  const inside = members.map((member) => `\`${member.name}\``).sort(compare)
  return `- ${kind} \`${name}\`${inside.length === 0 ? "" : `: ${inside.join(", ")}`}`
}

const check = process.argv.includes("--check")
const complaints: Array<string> = []
const breaches: Array<string> = []

for (const name of published) {
  const folder = folderOf(name)
  const modules = modulesOf(name)
  const parts = [
    `# Public names of ${manifestOf(folder).name}`,
    "`npm run api` writes this list from the declarations, and CI compares it, so that a change of the surface shows in a\ndiff. Behind a name stand its methods, fields and options."
  ]
  for (const module of modules) {
    const names = namesOf(module, modules, folder)
    parts.push(`## ${module.name}`, names.map(lineOf).join("\n"))
    breaches.push(...names.flatMap((one) => breachesOf(module, one)))
  }
  const text = `${parts.join("\n\n")}\n`
  const file = Path.join(folder, "api.md")
  if (!check) Fs.writeFileSync(file, text)
  else if (!Fs.existsSync(file) || Fs.readFileSync(file, "utf8") !== text) {
    complaints.push(`packages/${name}/api.md is not what the declarations say; run: npm run api`)
  }
}

const exceptionsFile = Path.join(repository, ".ci/surfaceExceptions.txt")
const exceptions = Fs.readFileSync(exceptionsFile, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
for (const breach of breaches) {
  if (exceptions.includes(breach)) continue
  const rule = rules.find(({ name }) => breach.startsWith(`${name} `))
  complaints.push(`${breach} breaks a rule of the surface: ${rule?.why}`)
}
for (const line of exceptions) {
  if (!breaches.includes(line))
    complaints.push(`.ci/surfaceExceptions.txt: "${line}" breaks no rule any more; remove the line`)
}

process.stdout.write(
  complaints.length === 0 ? `${breaches.length} names are left that break a rule\n` : `${complaints.join("\n")}\n`
)
process.exitCode = complaints.length === 0 ? 0 : 1
