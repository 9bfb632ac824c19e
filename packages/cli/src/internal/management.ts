/**
 * From a profile to the management API of its system or tenant.
 *
 * The management host is found from `HCP_FQDN`:
 *
 * - `admin.<domain>` is the system, and `--tenant` chooses a tenant of it.
 * - With `HCP_DOMAIN`, the domain of the HCP system, `<tenant>.<domain>` is a tenant, and
 *   `<namespace>.<tenant>.<domain>` stands for its tenant.
 * - Without `HCP_DOMAIN` any other host is that of a tenant: its name does not say whether it is that of a namespace.
 *
 * The port is `HCP_MAPI_PORT`, else 9090. A profile whose `HCP_FQDN` is a management host itself may also say it with
 * `HCP_PORT`.
 *
 * @internal
 */
import type { Mapi } from "@effect-hcp/sdk/mapi/Mapi"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { type Failure, usage } from "../Failure.ts"
import { provider } from "./connection.ts"
import { optionalText } from "./flagForms.ts"
import * as GlobalFlags from "./globalFlags.ts"
import { Output } from "./output.ts"

/** The functions of the management API, which are loaded by the commands that use them. */
export type Sdk = typeof import("@effect-hcp/sdk/mapi")

/** What a command of the management has at hand. */
export interface Management {
  readonly sdk: Sdk
  readonly output: Output["Service"]
}

/** The variables that only `hcp` knows, and what each means. */
export const variables: Readonly<Record<string, string>> = {
  HCP_DOMAIN: "the domain of the HCP system, so that the host of a namespace leads to its tenant's management",
  HCP_MAPI_PORT: "the port of the management API, where it is not 9090"
}

/** `--tenant NAME`: for administrators of the system. */
export const tenant = optionalText(
  "tenant",
  "Tenant; administrators of the system must name it (default: the tenant of the host)"
).pipe(Flag.withAlias("t"))

/** The option of the SDK that the flag stands for. */
export const inTenant = (named: Option.Option<string>) => ({ tenant: Option.getOrUndefined(named) })

/** Where the management API is. */
interface Place {
  readonly fqdn: string
  /** Whether `HCP_FQDN` is the management host itself, so that `HCP_PORT` is its port. */
  readonly isItself: boolean
}

/** The management host of a host. Fails with a usage failure for one that is not of the domain. */
export const placeOf = (fqdn: string, domain: string | undefined): Result.Result<Place, Failure> => {
  const host = fqdn.trim().replace(/\.$/, "").toLowerCase()
  const known = domain
    ?.trim()
    .replace(/^\.|\.$/g, "")
    .toLowerCase()
  if (known === undefined || known === "") return Result.succeed({ fqdn: host, isItself: true })
  if (!host.endsWith(`.${known}`)) {
    return Result.fail(usage(`HCP_FQDN ${fqdn} is not in HCP_DOMAIN ${domain}`, "mend one of the two"))
  }
  const labels = host.slice(0, -known.length - 1).split(".")
  const owner = labels.at(-1)
  return labels.length > 2
    ? Result.fail(
        usage(`HCP_FQDN ${fqdn} is no host of HCP_DOMAIN ${domain}`, "a namespace is <namespace>.<tenant>.<domain>")
      )
    : Result.succeed({ fqdn: `${owner}.${known}`, isItself: labels.length === 1 })
}

// A management call is about one system.
const hidden: ReadonlySet<string> = new Set(["HCP_REPLICA_FQDN", "HCP_REPLICA_ADDRESSES"])

/** The configuration of the management API that a profile leads to, and the domain that it names. */
export const managing = Effect.fnUntraced(function* (found: ConfigProvider.ConfigProvider) {
  const said = (name: string) => Config.option(Config.String(name)).parse(found)
  const fqdn = Option.getOrUndefined(yield* said("HCP_FQDN"))
  const domain = Option.getOrUndefined(yield* said("HCP_DOMAIN"))
  const visible = ConfigProvider.make((path) =>
    hidden.has(path.join("_")) ? Effect.succeed(undefined) : found.load(path)
  )
  // What is missing is said by the SDK.
  if (fqdn === undefined) return { provider: visible, domain }
  const place = yield* Effect.fromResult(placeOf(fqdn, domain))
  const port = Option.orElse(yield* said("HCP_MAPI_PORT"), () =>
    place.isItself ? Option.none<string>() : Option.some("9090")
  )
  const own = {
    HCP_FQDN: place.fqdn,
    ...(Option.isSome(port) ? { HCP_PORT: port.value } : {})
  }
  return { provider: ConfigProvider.orElse(ConfigProvider.fromEnv({ env: own }), visible), domain }
})

/**
 * Runs something with the management API of the profile.
 */
export const inManagement = <A, E, R>(use: (management: Management) => Effect.Effect<A, E, R | Mapi>) =>
  Effect.gen(function* () {
    const output = yield* Output
    const found = yield* managing(yield* provider(Option.getOrUndefined(yield* GlobalFlags.profile)))
    const sdk = yield* Effect.promise(() => import("@effect-hcp/sdk/mapi"))
    const live = sdk.Mapi.layerConfig(found.domain === undefined ? {} : { domain: found.domain })
    return yield* Effect.provide(use({ sdk, output }), Layer.provide(live, ConfigProvider.layer(found.provider)))
  })
