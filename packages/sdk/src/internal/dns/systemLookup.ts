/**
 * The addresses of a name by effect's `Dns` service, as a resolver gives them.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Dns from "effect/net/Dns"
import * as NetAddress from "effect/net/NetAddress"
import { InvalidInput, NameNotFound, NameServerFailed } from "../../WireReason.ts"
import { usableOf } from "./unusable.ts"

/** The lookup: asks for the addresses of a name, of one family or of both. */
export const lookup = Effect.map(
  Dns.Dns,
  (dns) => (name: string, family: "IPv4" | "IPv6" | undefined) =>
    dns.lookup(name, family === undefined ? undefined : { family }).pipe(
      Effect.map(Arr.map((ip) => ({ address: NetAddress.formatIp(ip), family: NetAddress.familyOf(ip) }))),
      Effect.mapError((error) => reasonOf(name, error)),
      Effect.flatMap((found) => usableOf(name, found, []))
    )
)

const reasonOf = (name: string, error: Dns.DnsError): NameNotFound | InvalidInput | NameServerFailed => {
  switch (error.reason) {
    case "NotFound":
      return new NameNotFound({ fqdn: name, nameServers: [], detail: "no address" })
    case "BadName":
      return new InvalidInput({ field: "fqdn", detail: `"${name}" is not a host name` })
    default:
      return new NameServerFailed({ fqdn: name, failures: [`the system's resolver: ${error.reason}`] })
  }
}
