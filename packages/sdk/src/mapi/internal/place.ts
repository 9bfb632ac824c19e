/**
 * Which system or tenant a host administers, and whether it is a host of the management API at all.
 *
 * @internal
 */
import * as Net from "node:net"
import * as Result from "effect/Result"
import { HcpError } from "../../HcpError.ts"
import { InvalidInput } from "../../WireReason.ts"

/** What a host administers. */
export interface Place {
  readonly level: "system" | "tenant"
  readonly tenant: string | undefined
  readonly domain: string | undefined
}

interface Options {
  readonly port?: number | undefined
  readonly domain?: string | undefined
  readonly level?: "system" | undefined
  readonly tenant?: string | undefined
}

const mapiPort = 9090

// Hosts of HCP with another job; none of them can be a tenant.
const otherHosts: ReadonlyMap<string, string> = new Map(
  Object.entries({
    www: "is a host of the default namespace or of a web site",
    search: "is the host of the search console",
    replication: "is the host of replication between systems"
  })
)

/** Fails with `InvalidInput` whose field is `port`, `fqdn` or `level`. */
export const placeOf = (
  target: { readonly fqdn: string; readonly port: number },
  options: Options
): Result.Result<Place, HcpError> => {
  const refuse = (field: string, detail: string): Result.Result<never, HcpError> =>
    Result.fail(
      new HcpError({ operation: "configure", target: target.fqdn, reason: new InvalidInput({ field, detail }) })
    )
  const port = options.port ?? mapiPort
  if (target.port !== port) {
    return refuse(
      "port",
      options.port === undefined
        ? `is ${target.port}, the management API is at ${mapiPort}; give \`port: ${mapiPort}\` to the target, ` +
            `or for a gateway on another port Mapi.layer({ port: ${target.port} })`
        : `is ${target.port}, but the option of Mapi.layer is ${port}; give both the same`
    )
  }
  const host = target.fqdn.replace(/\.$/, "").toLowerCase()
  const domain = options.domain?.replace(/^\.|\.$/g, "").toLowerCase()
  if (options.level !== undefined && options.tenant !== undefined) {
    return refuse("level", "the host is either that of the system or that of a tenant; give one of level and tenant")
  }
  if (options.level === "system") return Result.succeed({ level: "system", tenant: undefined, domain })
  if (options.tenant !== undefined) return Result.succeed({ level: "tenant", tenant: options.tenant, domain })
  const known = domain ?? "<domain>"
  const wanted = `give admin.${known} for the system or <tenant>.${known} for a tenant`
  if (Net.isIP(host) !== 0) {
    return refuse(
      "fqdn",
      `is an IP address, and HCP needs the name; ${wanted}, and the address as one of \`addresses\``
    )
  }
  if (domain !== undefined && host !== domain && !host.endsWith(`.${domain}`)) {
    return refuse(
      "fqdn",
      `is not in the domain ${domain}; ${wanted}, or Mapi.layer({ level or tenant }) for a host of another name`
    )
  }
  const labels = (domain === undefined ? host : host.slice(0, -domain.length - 1)).split(".")
  const [first = "", second] = labels
  if (host === domain || (domain === undefined && second === undefined)) {
    return refuse("fqdn", `names no tenant; ${wanted}`)
  }
  const job = otherHosts.get(first)
  if (job !== undefined) return refuse("fqdn", `"${first}" ${job}; ${wanted}`)
  if (first === "default" && second === "default")
    return refuse("fqdn", `is the host of the default namespace; ${wanted}`)
  if (domain !== undefined && labels.length > 1) {
    const tenant = labels.at(-1)
    return refuse(
      "fqdn",
      `is the host of a namespace; give ${tenant}.${domain} for its tenant, or admin.${domain} for the system`
    )
  }
  const rest = domain ?? labels.slice(1).join(".")
  return Result.succeed(
    first === "admin"
      ? { level: "system", tenant: undefined, domain: rest }
      : { level: "tenant", tenant: first, domain: rest }
  )
}
