import { Resolver } from "node:dns/promises"
import { Effect } from "effect"

/** The A records of a name, asked from one name server; fails with the code, e.g. `ENOTFOUND`. */
export const resolve = (nameServer: string, name: string): Effect.Effect<ReadonlyArray<string>, string> =>
  Effect.tryPromise({
    try: () => {
      const resolver = new Resolver({ timeout: 2000, tries: 1 })
      resolver.setServers([nameServer])
      return resolver.resolve4(name)
    },
    catch: (error) => (error instanceof Error && "code" in error ? String(error.code) : String(error))
  })
