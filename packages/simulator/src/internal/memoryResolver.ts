/**
 * The name server of a simulation as a resolver of the SDK, without a packet on the way.
 *
 * @internal
 */
import * as Net from "node:net"
import { HcpError, NameNotFound, NameServerFailed } from "@effect-hcp/sdk/HcpError"
import { type ResolvedAddress, Resolver } from "@effect-hcp/sdk/Resolver"
import type * as DnsPacket from "dns-packet"
import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { NameReplies } from "./nameReplies.ts"
import { codeOf } from "./zoneAnswer.ts"

type Addresses = Arr.NonEmptyReadonlyArray<ResolvedAddress>

/** Who is named in errors. */
const server = "the simulated name server"

const read = (
  fqdn: string,
  query: DnsPacket.Packet,
  response: DnsPacket.Packet | undefined
): Effect.Effect<Addresses, NameNotFound | NameServerFailed> => {
  const failed = (what: string) => Effect.fail(new NameServerFailed({ fqdn, failures: [`${server}: ${what}`] }))
  const missing = (detail: string) => Effect.fail(new NameNotFound({ fqdn, nameServers: [server], detail }))
  if (response === undefined) return failed("no answer")
  if (response.id !== query.id) return failed("the answer to another query")
  const code = codeOf(response)
  if (code === "nameError") return missing("no such name (NXDOMAIN)")
  if (code !== "noError") return failed(code)
  const addresses = (response.answers ?? []).flatMap(
    (record): ReadonlyArray<ResolvedAddress> =>
      record.type === "A"
        ? [{ address: record.data, family: "IPv4", ttl: Duration.seconds(Number(record.ttl ?? 0)) }]
        : []
  )
  return Arr.isReadonlyArrayNonEmpty(addresses) ? Effect.succeed(addresses) : missing("no A record")
}

/** A resolver that gets its answers from `replies`. Nodes have addresses of IPv4 only. */
export const make = (replies: NameReplies): Resolver["Service"] =>
  Resolver.of({
    resolve: (fqdn, options) => {
      const version = Net.isIP(fqdn)
      if (version !== 0) {
        const family = version === 4 ? "IPv4" : "IPv6"
        return Effect.succeed([{ address: fqdn, family, ttl: Duration.infinity }])
      }
      const type = options?.family === "IPv6" ? "AAAA" : "A"
      const query: DnsPacket.Packet = {
        type: "query",
        id: 1,
        flags: 0,
        questions: [{ type, name: fqdn.replace(/\.$/, "") }]
      }
      return Effect.flatMap(replies.reply(query, "memory"), (response) => read(fqdn, query, response)).pipe(
        Effect.mapError((reason) => new HcpError({ operation: "resolve", target: fqdn, reason }))
      )
    }
  })
