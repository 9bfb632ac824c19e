/**
 * `profile`: which HCPs are known, and as whom.
 *
 * @internal
 */
import * as Config from "effect/Config"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { asShown, command } from "../../internal/command.ts"
import { checkSecretFile, withNamespace } from "../../internal/connection.ts"
import { optionalText, toggle } from "../../internal/flagForms.ts"
import { variables as gatewayVariables } from "../../internal/gateways.ts"
import { variables as managementVariables } from "../../internal/management.ts"
import { Output, type Row } from "../../internal/output.ts"
import * as Profile from "../../internal/profile.ts"
import { field } from "../../internal/show.ts"

const name = Argument.String("name").pipe(
  Argument.withDescription("Name of the profile: 2 to 64 letters, digits, - and _ (default: default)"),
  Argument.withDefault(Profile.defaultName)
)

const add = command(
  "add",
  "Add a profile",
  [
    ["hcp profile add lab --fqdn n1.t1.hcp1.example.com --username n", "Asks for the password, and keeps it"],
    ["hcp profile add lab --fqdn ... --username n --password-command 'pass show hcp'", "Keeps no password"],
    ["hcp profile add lab --fqdn ... --username n --set HCP_CA_FILE=/etc/ssl/hcp.pem", "Sets any variable of the SDK"]
  ],
  {
    name,
    fqdn: Flag.String("fqdn").pipe(
      Flag.withDescription("Host of the namespace: <namespace>.<tenant>.<domain>, such as n1.t1.hcp1.example.com")
    ),
    username: optionalText("username", "Name of the user"),
    passwordFile: optionalText("password-file", "File with the password, for its owner alone"),
    passwordCommand: optionalText("password-command", "Command of the shell that prints the password"),
    set: Flag.String("set").pipe(
      Flag.withDescription("Another variable, NAME=value; may be given several times"),
      Flag.withMetavar("NAME=value"),
      Flag.atLeast(0)
    ),
    replace: toggle("replace", "Replaces a profile of this name")
  },
  ({ fqdn, name, passwordCommand, passwordFile, replace, set, username }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const stdio = yield* Stdio.Stdio
      const path = yield* Path.Path
      const { make, variables } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpConfig"))
      if (!/^[^\s:/@]+$/.test(fqdn)) {
        return yield* usage(
          `--fqdn ${fqdn === "" ? "is empty" : `${fqdn} is no host`}`,
          "write its name alone, such as n1.t1.hcp1.example.com; a port goes with --set HCP_PORT=PORT"
        )
      }
      const known = [
        ...Object.keys(variables).map((one) => `HCP_${one}`),
        ...Object.keys({ ...gatewayVariables, ...managementVariables })
      ]
      const others: Record<string, string> = {}
      for (const each of set) {
        const [, variable = "", value = ""] = /^([A-Z0-9_]+)=(.*)$/s.exec(each) ?? []
        if (!known.includes(variable)) {
          return yield* usage(
            `--set ${variable === "" ? each : variable}: no such variable`,
            `take one of ${known.join(", ")}`
          )
        }
        if (Profile.secrets.includes(variable)) {
          return yield* usage(
            `--set ${variable}: a secret must not stand on a command line, where everybody can see it`,
            "leave it out to be asked for the password, or take --password-file or --password-command"
          )
        }
        others[variable] = value
      }
      // What cannot be used is said now, and not by the first command that uses it.
      if (Option.isSome(passwordFile)) yield* checkSecretFile(passwordFile.value)
      const { nameServers, replica, strategy, system } = make()
      yield* Effect.mapError(
        Config.all([system, replica, strategy, nameServers]).parse(Profile.provider({ ...others, HCP_FQDN: fqdn })),
        ({ message }) => usage(`--set: ${message}`)
      )
      const isAsked =
        Option.isSome(username) &&
        Option.isNone(passwordFile) &&
        Option.isNone(passwordCommand) &&
        (yield* stdio.stdinIsTerminal)
      const password = isAsked
        ? Option.some(
            yield* Prompt.run(Prompt.Password({ message: `Password of ${username.value} (kept in the profile)` }))
          )
        : Option.none<Redacted.Redacted>()
      const optional = (variable: string, value: Option.Option<string>) =>
        Option.match(value, { onNone: () => ({}), onSome: (text) => ({ [variable]: text }) })
      const file = yield* Profile.put(
        name,
        {
          HCP_FQDN: fqdn,
          ...optional("HCP_USERNAME", username),
          // Wherever a command is called from.
          ...optional(
            "HCP_PASSWORD_FILE",
            Option.map(passwordFile, (at) => path.resolve(at))
          ),
          ...optional("HCP_PASSWORD_COMMAND", passwordCommand),
          ...optional("HCP_PASSWORD", Option.map(password, Redacted.value)),
          ...others
        },
        { replace }
      )
      yield* output.note(`wrote ${file}`)
    })
)

const list = command("list", "List the profiles", [["hcp profile list", "All of them"]], {}, () =>
  Effect.gen(function* () {
    const output = yield* Output
    const names = yield* Profile.list
    yield* output.rows(
      [{ name: "name" }, { name: "fqdn" }, { name: "username" }, { name: "problem" }],
      Stream.mapEffect(Stream.fromIterable(names), (name) =>
        Effect.match(Profile.get(name), {
          onFailure: ({ message }): Row => ({ name, fqdn: null, username: null, problem: message }),
          onSuccess: (variables): Row => ({
            name,
            fqdn: field(variables.HCP_FQDN),
            username: field(variables.HCP_USERNAME),
            problem: null
          })
        })
      )
    )
  })
)

const show = command(
  "show",
  "Show a profile without its secrets",
  [["hcp profile show lab", "Its variables"]],
  { name },
  ({ name }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const variables = yield* Profile.get(name)
      yield* output.rows(
        [{ name: "variable" }, { name: "value" }],
        Stream.fromIterable(
          Object.entries(variables).map(
            ([variable, value]): Row => ({ variable, value: Profile.secrets.includes(variable) ? "<redacted>" : value })
          )
        )
      )
    })
)

const remove = command(
  "remove",
  "Remove a profile",
  [["hcp profile remove lab", "The HCP itself is not touched"]],
  { name },
  ({ name }) =>
    Effect.gen(function* () {
      const output = yield* Output
      yield* Profile.remove(name)
      yield* output.note(`removed ${name}`)
    })
)

const test = command(
  "test",
  "Look whether a profile works",
  [["hcp profile test lab", "Asks HCP for the namespace; hcp doctor looks at everything"]],
  { name },
  ({ name }) =>
    Effect.gen(function* () {
      const output = yield* Output
      yield* withNamespace({ _tag: "Hcp", profile: name, path: "/" }, (ns) => ns.info.permissions())
      yield* output.note(`${name} works`)
    })
)

/** @internal */
export const profile = Command.make("profile").pipe(
  Command.withDescription("Which HCPs are known, and as whom"),
  Command.withExamples(
    asShown([
      ["hcp profile add lab --fqdn n1.t1.hcp1.example.com --username n", "Asks for the password, and keeps it"],
      ["hcp profile list", "All of them"]
    ])
  ),
  Command.withSubcommands([add, list, show, remove, test])
)
