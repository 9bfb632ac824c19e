/**
 * What an answer shows of the place that was asked, where that is not the one for what was asked: the host of a tenant
 * for objects, that of a namespace for the management API or a query, the port of the consoles.
 *
 * @internal
 */
import type { HcpRequest } from "../../HcpRequest.ts"
import type { Served } from "../../HcpResponse.ts"

/** What to try instead; `undefined` where nothing is known to be wrong with the place. */
export const placeHint = (
  { path }: Pick<HcpRequest, "path">,
  { servicedBy, target }: Pick<Served, "target" | "servicedBy">
): string | undefined => {
  if (servicedBy === undefined) return undefined
  const domain = servicedBy.trim().replace(/\.$/, "").toLowerCase()
  const host = target.replace(/\.$/, "").toLowerCase()
  if (domain === "" || !host.endsWith(`.${domain}`)) return undefined
  const labels = host.slice(0, -domain.length - 1).split(".")
  const [first = "", tenant] = labels
  if (labels.length > 2) return undefined
  const isNamespace = tenant !== undefined || first === "www"
  if (path === "/query" || path.startsWith("/query/")) {
    return isNamespace
      ? `${host} is the host of a namespace; queries are answered at that of its tenant, ${tenant ?? "default"}.${domain}`
      : undefined
  }
  if (path === "/mapi" || path.startsWith("/mapi/")) {
    return isNamespace
      ? `${host} is the host of a namespace; the management API is at that of its tenant, ${tenant ?? "default"}.${domain}, or of the system, admin.${domain}`
      : undefined
  }
  if (isNamespace || !/^\/rest(?:\/|$)/.test(path)) return undefined
  return first === "admin"
    ? `${host} is the host of the system; objects are at that of a namespace, <namespace>.<tenant>.${domain}`
    : `${host} is the host of a tenant; objects are at that of a namespace, <namespace>.${host}`
}
