/**
 * What of the command is loaded for a command line: where its first word says which command it is, the commands of that
 * group, and else all. Two thirds of what there is never comes to be then, which most starts notice.
 *
 * @internal
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { management } from "../commands/management.ts"
import type { objects } from "../commands/objects.ts"
import type { tools } from "../commands/tools.ts"
import { runWords } from "./commandLine.ts"
import * as GlobalFlags from "./globalFlags.ts"
import { root } from "./root.ts"

type NameIn<Group extends { readonly commands: ReadonlyArray<{ readonly name: string }> }> =
  Group["commands"][number]["name"]

/** The names of a group, whose commands are not loaded for them. The compiler says here which is missing. */
const namesOf = <Name extends string>(names: Readonly<Record<Name, true>>): ReadonlySet<string> =>
  new Set(Object.keys(names))

const ofObjects = namesOf<NameIn<typeof objects>>({
  ls: true,
  tree: true,
  du: true,
  find: true,
  stat: true,
  cat: true,
  put: true,
  cp: true,
  mv: true,
  sync: true,
  verify: true,
  rm: true,
  mkdir: true,
  versions: true,
  restore: true,
  retention: true,
  hold: true,
  annotation: true,
  acl: true,
  presign: true
})

const ofManagement = namesOf<NameIn<typeof management>>({
  tenant: true,
  namespace: true,
  user: true,
  group: true,
  permission: true,
  "retention-class": true,
  link: true,
  chargeback: true,
  logs: true,
  health: true,
  license: true,
  stats: true,
  mapi: true,
  plan: true,
  apply: true,
  export: true
})

const ofTools = namesOf<NameIn<typeof tools>>({
  doctor: true,
  bench: true,
  profile: true,
  credentials: true,
  simulator: true,
  console: true,
  mcp: true,
  spool: true,
  job: true,
  worker: true
})

/** As `run` of `Cli.ts` does it, of what is needed. */
export const run = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const [first = ""] = args
  if (ofObjects.has(first)) {
    const { objects } = yield* Effect.promise(() => import("../commands/objects.ts"))
    const command = root.pipe(Command.withSubcommands([objects]), Command.withGlobalFlags(GlobalFlags.all))
    return yield* runWords(command, args)
  }
  if (ofManagement.has(first)) {
    const { management } = yield* Effect.promise(() => import("../commands/management.ts"))
    const command = root.pipe(Command.withSubcommands([management]), Command.withGlobalFlags(GlobalFlags.all))
    return yield* runWords(command, args)
  }
  if (ofTools.has(first)) {
    const { tools } = yield* Effect.promise(() => import("../commands/tools.ts"))
    const command = root.pipe(Command.withSubcommands([tools]), Command.withGlobalFlags(GlobalFlags.all))
    return yield* runWords(command, args)
  }
  const { run } = yield* Effect.promise(() => import("../Cli.ts"))
  return yield* run(args)
})
