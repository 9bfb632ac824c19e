/**
 * Certificates for names that came up after the start: those of tenants that the management API has made.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { CertificateAuthority, CertificateRequest, Identity } from "../CertificateAuthority.ts"

const covers = (names: ReadonlyArray<string>, name: string): boolean => {
  const parent = name.slice(name.indexOf(".") + 1)
  return names.includes(name) || names.includes(`*.${parent}`)
}

/**
 * Finds the identity to show under a name; undefined if the first one will do. A new one is made once for all the names
 * there are by then. A `wildcard` certificate stays as poor as it is.
 *
 * @internal
 */
export const make = (
  authority: CertificateAuthority,
  first: CertificateRequest,
  namesNow: () => ReadonlyArray<string>
): ((name: string) => Effect.Effect<Identity | undefined>) => {
  let latest: { readonly names: ReadonlyArray<string>; readonly identity: Identity } | undefined
  return Effect.fnUntraced(function* (serverName) {
    const name = serverName.toLowerCase()
    if (first.kind === "wildcard" || covers(first.names, name)) return undefined
    if (latest !== undefined && covers(latest.names, name)) return latest.identity
    const names = namesNow()
    if (!covers(names, name)) return undefined
    const identity = yield* authority.issue({ ...first, names })
    latest = { names, identity }
    return identity
  })
}
