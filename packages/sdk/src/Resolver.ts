/**
 * Turns the FQDN of an HCP system into the addresses of its nodes.
 *
 * HCP's name server hands out all living nodes of a system, in an order that changes with every answer and with a short
 * TTL. So {@link layer} asks the name servers itself and by-passes every cache (`dnscache=False` of the Python SDK,
 * manual chapter 6); {@link layerSystem} asks the operating system (`dnscache=True`); {@link layerStatic} asks nobody.
 *
 * **Example** (Asking the name server of an HCP system)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Resolver } from "@effect-hcp/sdk"
 *
 * const nodes = Effect.gen(function* () {
 *   const resolver = yield* Resolver.Resolver
 *   return yield* resolver.resolve("n1.t1.hcp1.example.com")
 * }).pipe(Effect.provide(Resolver.layer({ nameServers: ["192.0.2.53"] })))
 * ```
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Dns from "effect/net/Dns"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { HcpError, InvalidInput, NameNotFound } from "./HcpError.ts"
import * as OnDemand from "./internal/config/onDemand.ts"
import { resolverKinds, staticResolverKinds, systemResolverKinds } from "./internal/config/optionKinds.ts"
import type { AddressRecord, RecordType } from "./internal/dns/message.ts"
import { isHostName } from "./internal/dns/name.ts"
import { ipVersion, type NameServer, parseNameServer } from "./internal/dns/nameServer.ts"
import type { NameServerLookup } from "./internal/dns/nameServerLookup.ts"
import { addressProblem, unusableKind } from "./internal/dns/unusable.ts"
import * as OptionCheck from "./OptionCheck.ts"

/**
 * One address of a name.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedAddress {
  /** As text: `192.0.2.1`, `2001:db8::1`. */
  readonly address: string
  readonly family: "IPv4" | "IPv6"
  /** How long the answer holds: the least TTL on the way to the address; infinite for an IP literal. */
  readonly ttl: Duration.Duration
}

/**
 * Which addresses are wanted.
 *
 * @category models
 * @since 0.1.0
 */
export type Family = "IPv4" | "IPv6" | "both"

/**
 * Options of one resolution.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolveOptions {
  /** Defaults to the family of the layer. With `both`, IPv4 addresses come first. */
  readonly family?: Family | undefined
}

/**
 * Options of {@link layer}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * Whom to ask, in this order: `address`, `address:port`, `[address]:port`; the port defaults to 53. Defaults to the
   * name servers of resolv.conf, which is read again at each lookup.
   */
  readonly nameServers?: ReadonlyArray<string> | undefined
  /**
   * How long one try waits for one server. One resolution, with all names of the search list, takes at most this time
   * for each attempt at each server. Defaults to the `timeout` of resolv.conf if it has one, else to 2 seconds.
   */
  readonly timeout?: Duration.Input | undefined
  /**
   * How many times each server is asked, at most. Defaults to the `attempts` of resolv.conf if it has them, else to 2.
   */
  readonly attempts?: number | undefined
  /** Defaults to `IPv4`. */
  readonly family?: Family | undefined
  /**
   * Domains to append to a name with fewer dots than `ndots`. A name with a dot is always tried as it is first. What
   * the servers refuse, fail at or keep silent about leads on to the next name. Defaults to those of resolv.conf, or to
   * none if `nameServers` are given.
   */
  readonly searchDomains?: ReadonlyArray<string> | undefined
  /** Defaults to that of resolv.conf, or to 1 if `nameServers` are given. */
  readonly ndots?: number | undefined
  /**
   * Over UDP, sends each letter of the name in random case and believes only an answer that repeats it exactly; any
   * other one is dropped and the question asked over TCP too. It makes forging an answer harder on networks where
   * others can send packets, and costs a TCP connection with name servers that change the case. Defaults to `false`.
   */
  readonly randomCase?: boolean | undefined
  /**
   * Where resolv.conf(5) is. Defaults to `/etc/resolv.conf`. Without that file the name servers that Node found are
   * asked; without any, `127.0.0.1`.
   */
  readonly resolvConf?: string | undefined
}

/**
 * Options of {@link layerSystem}.
 *
 * @category models
 * @since 0.1.0
 */
export interface SystemOptions {
  /** How long an answer holds, as the operating system does not tell. Defaults to 30 seconds. */
  readonly ttl?: Duration.Input | undefined
  /** Defaults to `IPv4`. */
  readonly family?: Family | undefined
}

/**
 * Resolves names to addresses.
 *
 * @category services
 * @since 0.1.0
 */
export class Resolver extends Context.Service<
  Resolver,
  {
    /**
     * The addresses of a name, in the order of the answer. An IP literal is its own answer. Addresses that no node can
     * have (unspecified, multicast and broadcast ones) are dropped.
     *
     * Fails with `NameNotFound` if the name does not exist or has no such address, with `NameServerFailed` if nobody
     * gave a usable answer, with `InvalidInput` if it cannot be a name.
     */
    readonly resolve: (
      fqdn: string,
      options?: ResolveOptions
    ) => Effect.Effect<Arr.NonEmptyReadonlyArray<ResolvedAddress>, HcpError>
  }
>()("@effect-hcp/sdk/Resolver") {}

type Reason = HcpError["reason"]
type Addresses = Arr.NonEmptyReadonlyArray<ResolvedAddress>

const recordTypes = { IPv4: ["A"], IPv6: ["AAAA"], both: ["A", "AAAA"] } as const satisfies Record<
  Family,
  ReadonlyArray<RecordType>
>

const resolvedOf = ({ address, ttl }: AddressRecord): ResolvedAddress => ({
  address,
  family: ipVersion(address) === 6 ? "IPv6" : "IPv4",
  ttl: Duration.seconds(ttl)
})

/** What all resolvers have in common: literals, the form of a name, and the error around the reason. */
const fromLookup = (
  defaultFamily: Family,
  lookup: (name: string, family: Family) => Effect.Effect<Addresses, Reason>
): Resolver["Service"] =>
  Resolver.of({
    resolve: Effect.fn("Resolver.resolve")((fqdn: string, options?: ResolveOptions) => {
      const literal = literalOf(fqdn)
      if (literal !== undefined) {
        const kind = unusableKind(literal[0].address)
        if (kind === undefined) return Effect.succeed(literal)
        const reason = new InvalidInput({ field: "fqdn", detail: `${fqdn} is ${kind}, which no node can be` })
        return Effect.fail(new HcpError({ operation: "resolve", target: fqdn, reason }))
      }
      const checked = isHostName(fqdn)
        ? lookup(fqdn, options?.family ?? defaultFamily)
        : Effect.fail(
            new InvalidInput({
              field: "fqdn",
              detail:
                `${JSON.stringify(fqdn)} is not a host name; ` +
                "give labels of letters, digits and hyphens with dots between"
            })
          )
      return Effect.mapError(checked, (reason) => new HcpError({ operation: "resolve", target: fqdn, reason }))
    })
  })

const literalOf = (fqdn: string): Addresses | undefined => {
  const address = fqdn.startsWith("[") && fqdn.endsWith("]") ? fqdn.slice(1, -1) : fqdn
  const version = ipVersion(address)
  return version === 0 ? undefined : [{ address, family: version === 4 ? "IPv4" : "IPv6", ttl: Duration.infinity }]
}

/**
 * Makes a resolver that asks the name servers itself, over UDP and TCP, and by-passes every cache.
 *
 * Each query has a socket, a random port and a random id of its own. A packet that is not the answer to it is dropped
 * and the wait goes on; after many of them the question is asked over TCP beside. After a refusal or an error the next
 * server is asked at once. Only how the servers behave is remembered: one that failed is asked last for 5 seconds,
 * twice as long each further time, up to 5 minutes. Fails with `InvalidInput` for an option that is none or out of
 * range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options = {}): Effect.Effect<Resolver["Service"], HcpError> =>
  Effect.suspend(() => configured(Result.map(checked(options), (nameServers) => makeChecked(options, nameServers))))

const kinds: OptionCheck.KindsOf<Options> = resolverKinds

/** Gives the name servers, if any are named. */
const checked = (options: Options): Result.Result<ReadonlyArray<NameServer> | undefined, InvalidInput> => {
  const problem = OptionCheck.problemOf(options, kinds)
  if (problem !== undefined) return Result.fail(problem)
  const { nameServers, timeout } = options
  if (timeout !== undefined && !Duration.isGreaterThan(Duration.fromInputUnsafe(timeout), Duration.zero)) {
    return Result.fail(
      new InvalidInput({ field: "timeout", detail: "is not longer than 0; give a time of which some passes" })
    )
  }
  return nameServers === undefined ? Result.succeed(undefined) : Result.all(nameServers.map(nameServerOf))
}

const makeChecked = (options: Options, nameServers: ReadonlyArray<NameServer> | undefined): Resolver["Service"] => {
  const timeout = options.timeout === undefined ? undefined : Duration.fromInputUnsafe(options.timeout)
  // Made by the first lookup: a program that has addresses asks no name server.
  let lookup: NameServerLookup | undefined
  const loaded = Effect.map(OnDemand.nameServerLookup, ({ makeLookup }) => {
    lookup ??= makeLookup({ ...options, nameServers, timeout })
    return lookup
  })
  return fromLookup(options.family ?? "IPv4", (name, family) =>
    Effect.map(
      Effect.flatMap(loaded, (look) => look(name, recordTypes[family])),
      Arr.map(resolvedOf)
    )
  )
}

const nameServerOf = (input: string): Result.Result<NameServer, InvalidInput> =>
  Result.fromOption(parseNameServer(input), () => {
    const detail = `"${input}" is none; give the IP address, as "address", "address:port" or "[address]:port"`
    return new InvalidInput({ field: "nameServers", detail })
  })

const configured = <A>(made: Result.Result<A, InvalidInput>): Effect.Effect<A, HcpError> =>
  Effect.mapError(Effect.fromResult(made), (reason) => new HcpError({ operation: "configure", reason }))

// What is built once is shared by all that ask with the defaults.
const layerOfDefaults: Layer.Layer<Resolver> = Layer.sync(Resolver, () => makeChecked({}, undefined))

/**
 * A resolver as {@link make} makes it, without options one that asks the name servers of resolv.conf. Fails with
 * `InvalidInput` for an option that is none or out of range.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<Resolver, HcpError> =>
  options === undefined ? layerOfDefaults : Layer.effect(Resolver, make(options))

/**
 * Options of the configuration.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigOptions {
  /** What the name of the variable begins with. Defaults to `HCP`. */
  readonly prefix?: string | undefined
}

/**
 * A resolver that asks the name servers in `HCP_NAME_SERVERS` (with commas between), else those of resolv.conf. Or one
 * of the options of {@link layer}, each of them a `Config`. Fails with a `ConfigError` that names the variable, or as
 * {@link layer}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options?: ConfigOptions | Config.Wrap<Options>
): Layer.Layer<Resolver, HcpError | Config.ConfigError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { isWrapped, unwrap } = yield* OnDemand.configVariable
      if (isWrapped<Options>(options)) return layer(yield* unwrap<Options>(options))
      yield* OptionCheck.check(options, configKinds, { operation: "configure" })
      const nameServers = yield* (yield* OnDemand.config).make(options?.prefix).nameServers
      return layer(nameServers.length === 0 ? undefined : { nameServers })
    })
  )

const configKinds: OptionCheck.KindsOf<ConfigOptions> = { prefix: "text" }

/**
 * Makes a resolver that asks effect's `Dns` service, i.e. the operating system with its hosts file and its caches.
 * Fails with `InvalidInput` for an option that is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSystem = (options: SystemOptions = {}): Effect.Effect<Resolver["Service"], HcpError, Dns.Dns> =>
  Effect.andThen(OptionCheck.check(options, systemKinds, { operation: "configure" }), systemResolver(options))

const systemKinds: OptionCheck.KindsOf<SystemOptions> = systemResolverKinds

const systemResolver = (options: SystemOptions): Effect.Effect<Resolver["Service"], never, Dns.Dns> =>
  Effect.flatMap(OnDemand.systemLookup, ({ lookup }) =>
    Effect.map(lookup, (look) => {
      const ttl = Duration.fromInputUnsafe(options.ttl ?? Duration.seconds(30))
      return fromLookup(options.family ?? "IPv4", (name, family) =>
        Effect.map(
          look(name, family === "both" ? undefined : family),
          Arr.map((found) => ({ ...found, ttl }))
        )
      )
    })
  )

const nodeDns = Layer.unwrap(Effect.map(OnDemand.nodeDns, ({ layer }) => layer))

const layerSystemOfDefaults: Layer.Layer<Resolver> = Layer.provide(Layer.effect(Resolver, systemResolver({})), nodeDns)

/**
 * A resolver that asks the operating system, with its hosts file and its caches. Fails as {@link makeSystem}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSystem = (options?: SystemOptions): Layer.Layer<Resolver, HcpError> =>
  options === undefined ? layerSystemOfDefaults : Layer.provide(Layer.effect(Resolver, makeSystem(options)), nodeDns)

/**
 * Makes a resolver that knows a fixed list of names, for tests and for sites without DNS.
 *
 * The case of names does not matter. `*.hcp1.example.com` stands for every name below that domain which has no entry of
 * its own. All other names fail with `NameNotFound`. The TTL defaults to 1 hour. Without a `family` all addresses of a
 * name are given, in their order. Fails with `InvalidInput` for an address that is not an IP literal or that no node
 * can have, and for an option that is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeStatic = (
  hosts: Readonly<Record<string, ReadonlyArray<string>>>,
  options: { readonly ttl?: Duration.Input | undefined } = {}
): Effect.Effect<Resolver["Service"], HcpError> => Effect.suspend(() => configured(staticResult(hosts, options)))

const staticResult = (
  hosts: Readonly<Record<string, ReadonlyArray<string>>>,
  options: { readonly ttl?: Duration.Input | undefined } = {}
): Result.Result<Resolver["Service"], InvalidInput> => {
  const problem =
    OptionCheck.problemOfValue(hosts, hostsKind, "hosts") ?? OptionCheck.problemOf(options, staticResolverKinds)
  if (problem !== undefined) return Result.fail(problem)
  const ttl = Duration.fromInputUnsafe(options.ttl ?? Duration.hours(1))
  const entries = new Map<string, ReadonlyArray<ResolvedAddress>>()
  for (const [name, addresses] of Object.entries(hosts)) {
    const wrong = addresses.find((address) => addressProblem(address) !== undefined)
    if (wrong !== undefined) {
      return Result.fail(new InvalidInput({ field: `hosts, "${name}"`, detail: addressProblem(wrong) ?? "" }))
    }
    const resolved = addresses.map(
      (address): ResolvedAddress => ({ address, family: ipVersion(address) === 4 ? "IPv4" : "IPv6", ttl })
    )
    entries.set(nameKey(name), resolved)
  }
  const resolver = fromLookup("both", (name, family) => {
    const found = (staticEntry(entries, nameKey(name)) ?? []).filter(
      (address) => family === "both" || address.family === family
    )
    return Arr.isReadonlyArrayNonEmpty(found)
      ? Effect.succeed(found)
      : Effect.fail(new NameNotFound({ fqdn: name, nameServers: ["the static list"], detail: "no address" }))
  })
  return Result.succeed(resolver)
}

const hostsKind: OptionCheck.Kind = {
  is: (value) =>
    Predicate.isObject(value) &&
    Object.values(value).every((each) => Array.isArray(each) && each.every(Predicate.isString)),
  wanted: '{ "n1.t1.hcp1.example.com": ["192.0.2.1"] }'
}

const nameKey = (name: string): string => name.toLowerCase().replace(/\.$/, "")

const staticEntry = <A>(entries: ReadonlyMap<string, A>, name: string): A | undefined => {
  let entry = entries.get(name)
  // The wildcard nearest to the name wins, as in a zone.
  for (let dot = name.indexOf("."); entry === undefined && dot !== -1; dot = name.indexOf(".", dot + 1)) {
    entry = entries.get(`*${name.slice(dot)}`)
  }
  return entry
}

/**
 * A resolver that knows a fixed list of names, as {@link makeStatic} makes it. Fails with `InvalidInput` for an address
 * that is none or that no node can have.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerStatic = (
  hosts: Readonly<Record<string, ReadonlyArray<string>>>,
  options?: { readonly ttl?: Duration.Input | undefined }
): Layer.Layer<Resolver, HcpError> =>
  Layer.effect(
    Resolver,
    Effect.suspend(() => configured(staticResult(hosts, options)))
  )
