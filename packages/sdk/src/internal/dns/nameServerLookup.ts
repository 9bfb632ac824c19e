/**
 * The addresses of a name by the name servers that the options or resolv.conf(5) name, as a resolver gives them.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { NameNotFound, NameServerFailed } from "../../WireReason.ts"
import { lookup, type Settings } from "./lookup.ts"
import type { AddressRecord, RecordType } from "./message.ts"
import { isName } from "./name.ts"
import type { NameServer } from "./nameServer.ts"
import * as ResolvConf from "./resolvConf.ts"
import { makeNameServerMemory } from "./serverMemory.ts"
import { sockets } from "./transport.ts"

/** Asks for the addresses of a name, by these types of records. */
export type NameServerLookup = (
  fqdn: string,
  types: ReadonlyArray<RecordType>
) => Effect.Effect<Arr.NonEmptyReadonlyArray<AddressRecord>, NameNotFound | NameServerFailed>

/** The options of a resolver, checked; what they mean and default to says the resolver. */
export interface LookupOptions {
  readonly nameServers: ReadonlyArray<NameServer> | undefined
  readonly timeout: Duration.Duration | undefined
  readonly attempts?: number | undefined
  readonly searchDomains?: ReadonlyArray<string> | undefined
  readonly ndots?: number | undefined
  readonly randomCase?: boolean | undefined
  readonly resolvConf?: string | undefined
}

/** Makes the lookup of one resolver, with a memory of how its name servers behave. */
export const makeLookup = (options: LookupOptions): NameServerLookup => {
  const { attempts, nameServers = [], timeout } = options
  const fromFile = Arr.isReadonlyArrayNonEmpty(nameServers)
    ? Effect.succeed({ ...ResolvConf.parse(""), nameServers })
    : ResolvConf.read(options.resolvConf ?? ResolvConf.defaultPath)
  const memory = makeNameServerMemory()
  return Effect.fnUntraced(function* (fqdn, types) {
    const conf = yield* fromFile
    const settings: Settings = {
      nameServers: conf.nameServers,
      timeout: timeout ?? Duration.seconds(conf.timeout ?? 2),
      attempts: attempts ?? conf.attempts ?? 2,
      rotate: conf.rotate,
      useTcp: conf.useTcp,
      randomCase: options.randomCase ?? false
    }
    const names = ResolvConf.searchNames(fqdn, options.searchDomains ?? conf.search, options.ndots ?? conf.ndots)
    const found = yield* lookup(sockets, memory, settings, names.filter(isName), types).pipe(
      Effect.mapError(({ failures }) => new NameServerFailed({ fqdn, failures }))
    )
    const addresses = found._tag === "Missing" ? [] : found.addresses
    if (Arr.isReadonlyArrayNonEmpty(addresses)) return addresses
    return yield* new NameNotFound({
      fqdn,
      nameServers: settings.nameServers.map((server) => server.label),
      detail: found._tag === "Missing" ? found.detail : "no address"
    })
  })
}
