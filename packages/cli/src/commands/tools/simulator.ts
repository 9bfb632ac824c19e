/**
 * `simulator`: a simulated HCP on this computer, with a profile for it.
 *
 * @internal
 */
import * as process from "node:process"
import { fileURLToPath } from "node:url"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as ChildProcess from "effect/process/ChildProcess"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { toggle } from "../../internal/flagForms.ts"
import { Output } from "../../internal/output.ts"
import { makeOwnFolder } from "../../internal/ownFolder.ts"
import * as Profile from "../../internal/profile.ts"

const domain = "hcp1.example.com"

/** What `hcp-simulator --json` says when everything listens, as far as it is needed here. */
const Ready = Schema.fromJsonString(
  Schema.Struct({
    nameServer: Schema.String,
    systems: Schema.NonEmptyArray(
      Schema.Struct({
        domain: Schema.String,
        nodes: Schema.Array(Schema.String),
        ports: Schema.Struct({ https: Schema.Int, mapi: Schema.Int })
      })
    )
  })
)

/** @internal */
export const simulator = command(
  "simulator",
  "Simulate an HCP on this computer until it is interrupted, and add a profile for it",
  [
    ["hcp simulator", "A system of four nodes in memory, and the profile simulator"],
    ["hcp simulator lab --data ~/hcp-data", "Keeps what is stored; the profile is lab"],
    ["hcp simulator -- --namespace v1.t1,versioning --nodes 2", "With flags of hcp-simulator"]
  ],
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("Name of the profile (default: simulator)"),
      Argument.withDefault("simulator")
    ),
    data: Flag.Path("data").pipe(
      Flag.withDescription("Folder that keeps the objects (default: they live in memory)"),
      Flag.optional
    ),
    replace: toggle("replace", "Replaces a profile of this name"),
    rest: Argument.String("flag").pipe(
      Argument.withDescription("Flags of hcp-simulator, after --"),
      Argument.variadic({ min: 0 })
    )
  },
  ({ data, name, replace, rest }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const directories = yield* UserDirectories.UserDirectories
      const program = yield* programOf
      const folder = yield* directories.cache("hcp")
      // Fails for a name that can be none.
      yield* Profile.file(name)
      const caFile = path.join(folder, `simulator-${name}.pem`)
      const own = yield* isOwn(name, caFile)
      if (!own && !replace && (yield* Profile.list).includes(name)) {
        return yield* new Failure({
          error: "Profile",
          message: `there is a profile ${name} already`,
          hint: "take another name, or --replace",
          code: codes.usage
        })
      }
      yield* makeOwnFolder(folder)
      const { nameServer, systems } = yield* start(program, [
        ...["--json", "--domain", domain, "--ca-file", caFile],
        ...["http", "https", "admin", "mapi", "dns"].flatMap((port) => [`--${port}-port`, "0"]),
        ...Option.match(data, { onNone: () => [], onSome: (at) => ["--data", at] }),
        ...rest
      ])
      const [{ nodes, ports }] = systems
      const variables = {
        HCP_FQDN: `n1.t1.${domain}`,
        HCP_USERNAME: "n",
        HCP_PASSWORD: "n01",
        HCP_PORT: String(ports.https),
        HCP_MAPI_PORT: String(ports.mapi),
        HCP_CA_FILE: caFile,
        HCP_NAME_SERVERS: nameServer
      }
      // It leads nowhere when the simulator has ended.
      yield* Effect.acquireRelease(Profile.put(name, variables, { replace: true }), () =>
        Effect.andThen(Effect.ignore(Profile.remove(name)), Effect.ignore(fs.remove(caFile)))
      )
      yield* output.record(
        [{ name: "profile" }, { name: "fqdn" }, { name: "nodes" }, { name: "port" }, { name: "nameServer" }],
        { profile: name, fqdn: variables.HCP_FQDN, nodes: nodes.join(" "), port: ports.https, nameServer }
      )
      yield* output.note(`use it from another terminal: hcp ls / --profile ${name}\nCtrl-C ends it`)
      return yield* Effect.never
    }).pipe(Effect.scoped)
)

const missing = new Failure({
  error: "Local",
  message: "the simulator is not installed: it is a package of its own",
  hint: "npm install -g @effect-hcp/simulator",
  code: codes.failed
})

/** The program of the simulator beside this package. It is started, and never imported. */
const programOf = Effect.try({
  try: () => {
    const module = import.meta.resolve("@effect-hcp/simulator/Command")
    return fileURLToPath(new URL(module.endsWith(".ts") ? "bin.ts" : "../bin/hcp-simulator.js", module))
  },
  catch: () => missing
})

/** Whether a profile is one that an earlier run has left. */
const isOwn = (name: string, caFile: string) =>
  Effect.match(Profile.get(name), {
    onFailure: () => false,
    onSuccess: (variables) => variables.HCP_CA_FILE === caFile
  })

/** Starts it, until the scope closes; what it says when it listens. Whoever waits for ever ends with it. */
const start = Effect.fnUntraced(function* (program: string, args: ReadonlyArray<string>) {
  const spawner = yield* ChildProcessSpawner
  const failed = (message: string) => new Failure({ error: "Local", message, code: codes.failed })
  const child = yield* spawner
    .spawn(
      ChildProcess.make(process.execPath, [...process.execArgv, program, ...args], {
        stdin: "ignore",
        stderr: "inherit",
        forceKillAfter: "5 seconds"
      })
    )
    .pipe(Effect.mapError((error) => failed(`the simulator cannot be started: ${error.message}`)))
  const first = yield* Deferred.make<string, Failure>()
  yield* child.stdout.pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.runForEach((line) => Deferred.succeed(first, line)),
    Effect.ignore,
    Effect.andThen(Effect.option(child.exitCode)),
    Effect.andThen((code) =>
      Deferred.fail(first, failed(`the simulator has ended with ${Option.getOrElse(code, () => "a signal")}`))
    ),
    Effect.forkScoped
  )
  return yield* Effect.mapError(Effect.flatMap(Deferred.await(first), Schema.decodeEffect(Ready)), (error) =>
    error instanceof Failure ? error : failed(`the simulator says something else: ${error.message}`)
  )
})
