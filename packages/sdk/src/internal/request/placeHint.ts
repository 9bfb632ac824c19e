/**
 * What an answer shows of the place that was asked, where that is not the one for what was asked: the host of a tenant
 * for objects, that of a namespace for the management API or a query, the port of the consoles.
 *
 * @internal
 */
import type { HcpRequest } from "../../HcpRequest.ts"
import type { Served } from "../../HcpResponse.ts"

/** The ports of HCP. */
export const ports = { http: 80, https: 443, admin: 8000, search: 8888, mapi: 9090 } as const

/** What to look at where the port is one that HCP has for something else; a gateway may have mapped it. */
export const portHint = (
  { path }: Pick<HcpRequest, "path">,
  { port }: { readonly port: number }
): string | undefined => {
  const isManagement = isBelow(path, "/mapi")
  if (port !== ports.admin && (port !== ports.mapi || isManagement)) return undefined
  const there = port === ports.admin ? "its consoles" : "the management API"
  const place = isManagement
    ? `the management API is at ${ports.mapi}`
    : `objects, S3 and queries are at ${ports.https} (${ports.http} without TLS)`
  return `check the port first: at ${port} HCP has ${there}; ${place}`
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** What to try instead; `undefined` where nothing is known to be wrong with the place. */
export const placeHint = (
  request: Pick<HcpRequest, "path">,
  served: Pick<Served, "port" | "target" | "servicedBy">
): string | undefined => hostHint(request, served) ?? portHint(request, served)

const hostHint = (
  { path }: Pick<HcpRequest, "path">,
  { servicedBy, target }: Pick<Served, "target" | "servicedBy">
): string | undefined => {
  if (servicedBy === undefined) return undefined
  const domain = servicedBy.trim().replace(/\.$/, "").toLowerCase()
  const host = target.replace(/\.$/, "").toLowerCase()
  const isObject = isBelow(path, "/rest")
  if (domain === "") return undefined
  if (host === domain) {
    return isObject
      ? `${host} is the domain of the system; objects are at the host of a namespace, <namespace>.<tenant>.${domain}`
      : undefined
  }
  if (!host.endsWith(`.${domain}`)) return undefined
  const labels = host.slice(0, -domain.length - 1).split(".")
  const [first = "", tenant] = labels
  if (labels.length > 2) return undefined
  const isNamespace = tenant !== undefined || first === "www"
  if (isBelow(path, "/query")) {
    return isNamespace
      ? `${host} is the host of a namespace; queries are answered at that of its tenant, ${tenant ?? "default"}.${domain}`
      : undefined
  }
  if (isBelow(path, "/mapi")) {
    return isNamespace
      ? `${host} is the host of a namespace; the management API is at that of its tenant, ` +
          `${tenant ?? "default"}.${domain}, or of the system, admin.${domain}`
      : undefined
  }
  if (isNamespace || !isObject) return undefined
  return first === "admin"
    ? `${host} is the host of the system; objects are at that of a namespace, <namespace>.<tenant>.${domain}`
    : `${host} is the host of a tenant; objects are at that of a namespace, <namespace>.${host}`
}
