import { createHash } from "node:crypto"
import { Effect } from "effect"
import * as BlobStore from "../../src/BlobStore.ts"
import * as HcpSystem from "../../src/HcpSystem.ts"
import * as Replication from "../../src/Replication.ts"
import type * as SystemSpec from "../../src/SystemSpec.ts"
import { type Sent, send } from "./exchange.ts"

const token = `${btoa("service")}:${createHash("md5").update("service01").digest("hex")}`

/**
 * Sends a request to the management API as the administrator `service`; a body is JSON, unless headers say something
 * else.
 */
export const administer = (hcp: HcpSystem.HcpSystem, method: string, path: string, sent: Sent = {}) =>
  send(hcp, method, `/mapi${path}`, {
    ...sent,
    host: sent.host ?? `admin.${hcp.domain}`,
    listener: "mapi",
    headers: {
      authorization: `HCP ${token}`,
      accept: "application/json",
      ...(sent.body === undefined ? {} : { "content-type": "application/json" }),
      ...sent.headers
    }
  })

/** The JSON that a GET answers. */
export const look = (hcp: HcpSystem.HcpSystem, path: string) =>
  Effect.map(administer(hcp, "GET", path), ({ status, text }): unknown => (status === 200 ? JSON.parse(text) : status))

/** Does something that has to work. */
export const act = (hcp: HcpSystem.HcpSystem, method: string, path: string, body?: unknown) =>
  Effect.flatMap(administer(hcp, method, path, body === undefined ? {} : { body: JSON.stringify(body) }), (answer) =>
    answer.status === 200 ? Effect.void : Effect.die(`${method} ${path}: ${answer.status} ${answer.message}`)
  )

/** What is said to something that must not work: status and message. */
export const refused = (hcp: HcpSystem.HcpSystem, method: string, path: string, body?: unknown) =>
  Effect.map(
    administer(hcp, method, path, body === undefined ? {} : { body: JSON.stringify(body) }),
    ({ message, status }) => `${status} ${message}`
  )

/** Systems `hcp1.example.com`, `hcp2.example.com`... with nodes, and links between them. */
export const makeLinked = ({
  count = 2,
  spec,
  ...options
}: Replication.LinkOptions & { readonly count?: number; readonly spec?: Partial<SystemSpec.SystemSpec> } = {}) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore.makeMemory()
    const make = (number: number) =>
      Effect.tap(HcpSystem.make({ domain: `hcp${number}.example.com`, ...spec }, { blobs }), (hcp) =>
        Effect.sync(() =>
          hcp.management.settle({ nodes: [`127.0.1${number}.1`, `127.0.1${number}.2`], certificate: "" })
        )
      )
    const first = yield* make(1)
    const second = yield* make(2)
    const others = yield* Effect.forEach(
      Array.from({ length: count - 2 }, (_, index) => index + 3),
      make
    )
    const link = yield* Replication.link([first, second, ...others], options)
    return { first, second, others, link }
  })
