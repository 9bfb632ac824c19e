/**
 * What a word of a command line can be completed to, where only `hcp` knows it: places on an HCP, and profiles.
 *
 * A shell asks for every press of a key, so what a directory holds is kept for a few seconds in the cache folder of the
 * user. Whatever goes wrong, nothing is said and nothing is asked: a word is then not completed.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import type { CommandDescriptor, FlagDescriptor } from "effect/cli/Completions"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { withStore } from "./gateways.ts"
import * as GlobalFlags from "./globalFlags.ts"
import { makeOwnFolder } from "./ownFolder.ts"
import * as Place from "./place.ts"
import * as Profile from "./profile.ts"

/** Arguments that are places. */
const placeNames: ReadonlySet<string> = new Set(["place", "source", "destination", "left", "right"])

/** What the word is, by what stands before it. */
export interface Asked {
  readonly kind: "place" | "profile" | "other"
  readonly word: string
  /** What is written before the word in the same one, such as `--profile=`. */
  readonly before: string
  /** The profile that the command line names. */
  readonly profile: string | undefined
}

/**
 * Reads a command line as the shell split it, up to the word at `index`. The words may still be quoted.
 */
export const read = (root: CommandDescriptor, words: ReadonlyArray<string>, index: number): Asked => {
  const word = unquoted(words[index] ?? "")
  let at = root
  let isOfName = false
  let position = 0
  let profile: string | undefined
  let flag: FlagDescriptor | undefined
  for (const text of words.slice(1, index).map(unquoted)) {
    if (flag !== undefined) {
      if (flag.name === "profile") profile = text
      flag = undefined
    } else if (text.startsWith("-") && text !== "-") {
      const [name = "", value] = text.split("=", 2)
      const found = flagOf(at, name)
      if (found?.name === "profile" && value !== undefined) profile = value
      else if (found !== undefined && found.type._tag !== "Boolean" && value === undefined) flag = found
    } else {
      const next = at.subcommands.find(({ name }) => name === text)
      if (next === undefined) position++
      else {
        isOfName = isOfName || next.name === "profile"
        at = next
      }
    }
  }
  const asked = { before: "", word, profile }
  if (flag !== undefined) return { ...asked, kind: flag.name === "profile" ? "profile" : "other" }
  const [, before, value] = /^(--profile=)(.*)$/s.exec(word) ?? []
  if (before !== undefined) return { kind: "profile", before, word: value ?? "", profile }
  if (word.startsWith("-")) return { ...asked, kind: "other" }
  const argument = at.arguments[position] ?? at.arguments.find(({ variadic }) => variadic)
  if (argument === undefined) return { ...asked, kind: "other" }
  if (placeNames.has(argument.name)) return { ...asked, kind: "place" }
  return { ...asked, kind: isOfName && argument.name === "name" ? "profile" : "other" }
}

const flagOf = (command: CommandDescriptor, name: string): FlagDescriptor | undefined =>
  command.flags.find((flag) => name === `--${flag.name}` || flag.aliases.some((alias) => name === `-${alias}`))

/** A word as the shell reads it, without its quotes; one that is open counts. */
const unquoted = (text: string): string =>
  text.replace(/\\(.)|'([^']*)'?|"((?:[^"\\]|\\.)*)"?/gs, (_, sign?: string, single?: string, double?: string) =>
    sign !== undefined ? sign : single !== undefined ? single : (double ?? "").replace(/\\(["\\$`])/g, "$1")
  )

/** What the word can be completed to, whole words of which those that go on end with `/` or `:`. */
export const candidates = (asked: Asked) =>
  Effect.gen(function* () {
    const { before, kind, word } = asked
    if (kind === "other") return []
    const names = yield* Profile.list
    if (kind === "profile") return names.filter((name) => name.startsWith(word)).map((name) => before + name)
    const parsed = Place.parseRemote(word)
    if (word !== "" && Result.isSuccess(parsed)) return yield* inside(parsed.success, asked)
    return ["/", Place.s3Scheme, Place.swiftScheme, ...names.map((name) => `${name}:`)].filter((one) =>
      one.startsWith(word)
    )
  })

/** A directory with more entries is completed as far as these. */
const maxEntries = 1000

const inside = Effect.fnUntraced(function* (place: Place.RemotePlace, { profile, word }: Asked) {
  const cut = place.path.lastIndexOf("/") + 1
  const directory = place.path.slice(0, cut)
  const named = place.profile ?? profile
  const at: Place.RemotePlace = { ...place, profile: named, path: directory }
  // Where no profile is named, it is the host of the environment.
  const host = yield* Config.option(Config.String("HCP_FQDN"))
  const key = JSON.stringify([named ?? null, Option.getOrNull(host), directory])
  const found = yield* cached(key, listed(at))
  const start = word.slice(0, word.length - (place.path.length - cut))
  const partial = place.path.slice(cut)
  return found.filter((name) => name.startsWith(partial)).map((name) => start + name)
})

/** The names in a directory, those of directories with `/`. */
const listed = (at: Place.RemotePlace) =>
  withStore(at, (store) =>
    Stream.runCollect(
      store.list(at.path).pipe(
        // No shell can be told of a line break.
        Stream.filter(({ isNamed, name }) => isNamed && !/[\p{Cc}]/u.test(name)),
        Stream.map(({ name, type }) => (type === "directory" || type === "bucket" ? `${name}/` : name)),
        Stream.take(maxEntries)
      )
      // Longer than this nobody waits for a key.
    ).pipe(Effect.timeout("3 seconds"))
  )

const keptMillis = 10_000

/** The names from the cache, or found and put there. The file is for the user alone, as are the names. */
const cached = <E, R>(key: string, find: Effect.Effect<ReadonlyArray<string>, E, R>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directories = yield* UserDirectories.UserDirectories
    const folder = path.join(yield* directories.cache("hcp"), "places")
    const file = path.join(folder, `${createHash("sha256").update(key).digest("hex")}.txt`)
    const now = yield* Clock.currentTimeMillis
    const ageOf = (file: string) =>
      Effect.map(fs.stat(file), ({ mtime }) =>
        Option.match(mtime, { onNone: () => Number.POSITIVE_INFINITY, onSome: (at) => now - at.getTime() })
      )
    const age = yield* Effect.orElseSucceed(ageOf(file), () => Number.POSITIVE_INFINITY)
    if (age >= 0 && age < keptMillis) return (yield* fs.readFileString(file)).split("\n").filter((line) => line !== "")
    const names = yield* find
    const write = Effect.gen(function* () {
      yield* makeOwnFolder(folder)
      for (const old of yield* fs.readDirectory(folder)) {
        const at = path.join(folder, old)
        if ((yield* ageOf(at)) > keptMillis) yield* Effect.ignore(fs.remove(at))
      }
      yield* fs.writeFileString(file, `${names.join("\n")}\n`, { mode: 0o600 })
    })
    yield* Effect.ignore(write)
    return names
  })

/** Prints the candidates, one on each line. Says nothing else, asks nothing, and never fails. */
export const complete = (root: CommandDescriptor, words: ReadonlyArray<string>, index: number) =>
  Effect.gen(function* () {
    const stdio = yield* Stdio.Stdio
    const found = yield* candidates(read(root, words, index)).pipe(
      Effect.provideService(Stdio.Stdio, { ...stdio, stdinIsTerminal: Effect.succeed(false) }),
      Effect.timeout("10 seconds"),
      Effect.catchCause(() => Effect.succeed<ReadonlyArray<string>>([]))
    )
    const lines = found.map((line) => `${line}\n`).join("")
    yield* Effect.ignore(Stream.run(Stream.succeed(lines), stdio.stdout()))
  })

/** The flags of every command: the descriptor has only those of each. */
export const withGlobalFlags = (command: CommandDescriptor): CommandDescriptor => ({
  ...command,
  flags: [...command.flags, ...globalFlags],
  subcommands: command.subcommands.map(withGlobalFlags)
})

const globalFlags: ReadonlyArray<FlagDescriptor> = [
  {
    name: "profile",
    aliases: ["p"],
    description: "Profile of the HCP",
    type: { _tag: "String" }
  },
  {
    name: "output",
    aliases: ["o"],
    description: "How results are printed",
    type: { _tag: "Choice", values: GlobalFlags.formats }
  },
  { name: "quiet", aliases: ["q"], description: "Prints results and errors only", type: { _tag: "Boolean" } }
]
