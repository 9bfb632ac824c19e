import { Duration, Effect, type Scope } from "effect"
import * as AddressPool from "../../src/AddressPool.ts"
import { HcpError, NameServerFailed } from "../../src/HcpError.ts"
import { Resolver } from "../../src/Resolver.ts"

export const fqdn = "n1.t1.hcp1.example.com"

/** What the resolver says: addresses with a TTL in seconds, or an effect to wait for. */
export interface Zone {
  addresses: ReadonlyArray<string>
  ttl: number
  /** Fails each query while set. */
  isDown: boolean
  /** Each query waits for this. */
  gate: Effect.Effect<unknown>
  queries: number
}

const failure = new HcpError({
  operation: "resolve",
  target: fqdn,
  reason: new NameServerFailed({ fqdn, failures: ["127.0.0.1:53: SERVFAIL"] })
})

/** A resolver whose answers the test changes while it runs, and an address pool on it. */
export const makePool = Effect.fnUntraced(function* (
  addresses: ReadonlyArray<string>,
  options: Partial<AddressPool.Options> = {}
): Effect.fn.Return<{ readonly zone: Zone; readonly pool: AddressPool.AddressPool["Service"] }, never, Scope.Scope> {
  const zone: Zone = { addresses, ttl: 3600, isDown: false, gate: Effect.void, queries: 0 }
  const resolver = Resolver.of({
    resolve: () =>
      Effect.suspend(() => {
        zone.queries++
        return Effect.andThen(
          zone.gate,
          Effect.suspend(() => {
            const [first, ...others] = zone.addresses.map((address) => ({
              address,
              family: address.includes(":") ? ("IPv6" as const) : ("IPv4" as const),
              ttl: Duration.seconds(zone.ttl)
            }))
            return zone.isDown || first === undefined
              ? Effect.fail(failure)
              : Effect.succeed([first, ...others] as const)
          })
        )
      })
  })
  const pool = yield* AddressPool.make({ fqdn, ...options }).pipe(
    Effect.provideService(Resolver, resolver),
    Effect.orDie
  )
  return { zone, pool }
})

export const addressesOf = (count: number) => Array.from({ length: count }, (_, index) => `10.0.0.${index + 1}`)
