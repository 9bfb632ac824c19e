/**
 * The command `hcp-simulator`: a simulator as a process of its own, for people and for programs in any language.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as CliCommand from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { certificateKinds, defaultSoftwareVersion, isSoftwareVersion } from "./internal/choices.ts"
import { complain } from "./internal/complain.ts"
import * as NamespaceSettings from "./internal/namespaceSettings.ts"
import { oneLine } from "./internal/oneLine.ts"

/**
 * The version that `--version` prints.
 *
 * @category models
 * @since 0.1.0
 */
export const version = "0.1.0"

const port = (name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= 0 && value <= 65_535,
      (value) => `Expected a port from 0 to 65535 (0 = a free one), got ${value}`
    ),
    Flag.withDescription(description)
  )

const many = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.atLeast(0), Flag.withDescription(`${description}; may be given several times`))

const several = (name: string, description: string, fallback: string) =>
  Flag.String(name).pipe(
    Flag.atLeast(0),
    Flag.map((values) => (values.length === 0 ? [fallback] : values)),
    Flag.withDescription(`${description}; may be given several times (default: ${fallback})`)
  )

const usual = { user: "n:n01", admin: "service:service01" }

const flags = {
  domains: several("domain", "Domain of a system; the second and later ones replicate the first", "hcp1.example.com"),
  nodes: Flag.Int("nodes").pipe(Flag.withDefault(4), Flag.withDescription("Nodes of each system (default: 4)")),
  firstAddress: Flag.String("first-address").pipe(
    Flag.withDefault("127.0.11.1"),
    Flag.withDescription("Address of the first node; each further system takes the next /24 (default: 127.0.11.1)")
  ),
  http: port("http-port", "Objects without TLS (default: 8080)").pipe(Flag.withDefault(8080)),
  https: port("https-port", "Objects with TLS (default: 8443)").pipe(Flag.withDefault(8443)),
  admin: port("admin-port", "System console, TLS (default: 8000)").pipe(Flag.withDefault(8000)),
  mapi: port("mapi-port", "Management API, TLS (default: 9090)").pipe(Flag.withDefault(9090)),
  dns: port("dns-port", "Name server on 127.0.0.1, UDP and TCP (default: 5300)").pipe(Flag.withDefault(5300)),
  namespaces: several(
    "namespace",
    `Namespace as name.tenant, then settings after commas: ${NamespaceSettings.usage}`,
    "n1.t1"
  ),
  defaultNamespace: Flag.Boolean("default-namespace").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Serves the default namespace, without credentials, at /fcfs_data of www.<domain>")
  ),
  users: many("user", `User of all namespaces as name:password (default: ${usual.user})`),
  userFile: Flag.String("user-file").pipe(
    Flag.optional,
    Flag.withDescription("File with users as name:password, one on each line; so does HCP_SIMULATOR_USERS")
  ),
  s3: Flag.Boolean("s3").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Makes every namespace an S3 bucket, and lets the users make more of them")
  ),
  admins: many("admin", `Administrator as name:password (default: ${usual.admin})`),
  adminFile: Flag.String("admin-file").pipe(
    Flag.optional,
    Flag.withDescription("File with administrators as name:password, one on each line; so does HCP_SIMULATOR_ADMINS")
  ),
  softwareVersion: Flag.String("software-version").pipe(
    Flag.filter(isSoftwareVersion, (value) => `Expected a version such as ${defaultSoftwareVersion}, got ${value}`),
    Flag.withDefault(defaultSoftwareVersion),
    Flag.withDescription(`Version of HCP that the systems say they are (default: ${defaultSoftwareVersion})`)
  ),
  certificate: Flag.Literals("certificate", certificateKinds).pipe(
    Flag.withDefault("complete"),
    Flag.withDescription(
      `What the certificates of the nodes are like: ${certificateKinds.join(", ")} (default: complete)`
    )
  ),
  data: Flag.String("data").pipe(
    Flag.optional,
    Flag.withDescription("Folder that keeps the objects over restarts (default: they live in memory)")
  ),
  dataKeyFile: Flag.String("data-key-file").pipe(
    Flag.optional,
    Flag.withDescription("File with the key, 64 hexadecimal digits, that encrypts the accounts in the folder of --data")
  ),
  caFile: Flag.String("ca-file").pipe(
    Flag.optional,
    Flag.withDescription("Writes the certificate that clients have to trust to this file, PEM")
  ),
  control: port("control-port", "Faults, fail-over and state over HTTP on 127.0.0.1 (default: off)").pipe(
    Flag.optional
  ),
  controlToken: Flag.String("control-token").pipe(
    Flag.map(Redacted.make),
    Flag.withFallbackConfig(Config.Redacted("HCP_SIMULATOR_CONTROL_TOKEN")),
    Flag.optional,
    Flag.withDescription(
      "What clients of the control port must send; HCP_SIMULATOR_CONTROL_TOKEN (default: a random one)"
    )
  ),
  webConsole: port("console-port", "Web console on 127.0.0.1, by the package @effect-hcp/console (default: off)").pipe(
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Prints one line of JSON when everything listens")
  )
}

/** What serves is loaded when it is known that something shall be served: the help and a bad flag are told at once. */
const serve = (settings: CliCommand.Command.Config.Infer<typeof flags>) =>
  Effect.flatMap(
    Effect.promise(() => import("./internal/serve.ts")),
    (Serve) => Serve.serve(settings, usual)
  )

/** Bad flags end in one line that names the flag, not in the whole help. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? complain(`${event.errors.map(({ message }) => sentence(message)).join(" ")} See --help.`)
      : CliOutput.defaultPresenter.present(event)
}

const sentence = (text: string): string => oneLine(text).replace(/([^.!?])$/, "$1.")

/**
 * The command with its flags.
 *
 * @category constructors
 * @since 0.1.0
 */
export const command = CliCommand.make("hcp-simulator", flags, serve).pipe(
  CliCommand.withDescription("Simulates Hitachi Content Platform systems on loopback addresses"),
  CliCommand.withExamples([
    { command: "hcp-simulator", description: "One system of four nodes" },
    {
      command: "hcp-simulator --domain hcp1.example.com --domain hcp2.example.com --ca-file ca.pem --control-port 7070",
      description: "Two systems that replicate each other, with TLS and faults"
    },
    {
      command: "hcp-simulator --namespace n1.t1,versioning,acl --namespace vault.t1,compliance,class=TAX:A+10y",
      description: "One namespace with versions and access control lists, one in compliance mode with a retention class"
    }
  ])
)

/**
 * Runs the command with the arguments of the process. It goes on until it is interrupted; a failure was already
 * reported in one line on standard error.
 *
 * @category constructors
 * @since 0.1.0
 */
export const run = CliCommand.run(command, { version }).pipe(
  Effect.tapErrorTag("SimulatorError", (error) => complain(error.message)),
  Effect.tapDefect((defect) => complain(`This is a bug: ${Inspectable.toStringUnknown(defect)}`)),
  Effect.provide(
    Layer.merge(
      CliOutput.layerPresenter(presenter),
      CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
    )
  )
)
