import * as Crypto from "node:crypto"
import { Effect } from "effect"
import type * as HcpSystem from "../../src/HcpSystem.ts"
import type * as SystemSpec from "../../src/SystemSpec.ts"
import { makeSystem, type Sent, send } from "./exchange.ts"
import { tokenFor } from "./mapi.ts"
import { type Node, parseXml } from "./xml.ts"

/**
 * A system with buckets `plain` and `versioned` of nobody's, and users `owner` (may make buckets), `other` and `guest`
 * (may read).
 */
export const makeS3 = (spec: Partial<SystemSpec.SystemSpec> = {}) =>
  makeSystem({
    namespaces: [
      { name: "plain", tenant: "t1", s3: true },
      { name: "versioned", tenant: "t1", s3: true, versioning: true },
      { name: "closed", tenant: "t1" }
    ],
    users: [
      { username: "owner", password: "owner01", allowNamespaceManagement: true },
      { username: "other", password: "other01" },
      { username: "guest", password: "guest01", permissions: ["browse", "read"] }
    ],
    ...spec
  })

export interface S3Sent extends Omit<Sent, "body"> {
  readonly as?: string | undefined
  readonly body?: string | Uint8Array
}

/** Asks through the door that takes HCP's own credentials. A body has a length, and a document its MD5. */
export const s3 = (hcp: HcpSystem.HcpSystem, method: string, target: string, sent: S3Sent = {}) =>
  send(hcp, method, `/hs3${target}`, {
    host: `t1.${hcp.domain}`,
    ...sent,
    headers: {
      authorization: tokenFor(sent.as ?? "owner", `${sent.as ?? "owner"}01`),
      ...(method === "PUT" || sent.body !== undefined
        ? { "content-length": String(Buffer.byteLength(sent.body ?? "")) }
        : {}),
      ...sent.headers
    }
  })

/** The status, and the code if there is one. */
export const outcome = (hcp: HcpSystem.HcpSystem, method: string, target: string, sent: S3Sent = {}) =>
  Effect.map(s3(hcp, method, target, sent), ({ status, text }) => {
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1]
    return code === undefined ? String(status) : `${status} ${code}`
  })

/** The root of the document that a request is answered with. */
export const ask = (hcp: HcpSystem.HcpSystem, method: string, target: string, sent: S3Sent = {}) =>
  Effect.flatMap(s3(hcp, method, target, sent), ({ text }) => parseXml(text))

/** The texts of all elements with this path below a node. */
export const texts = (node: Node, ...path: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first, ...rest] = path
  if (first === undefined) return [node.text]
  return node.children.filter(({ name }) => name === first).flatMap((child) => texts(child, ...rest))
}

export const contentMd5 = (body: string) => Crypto.createHash("md5").update(body).digest("base64")
