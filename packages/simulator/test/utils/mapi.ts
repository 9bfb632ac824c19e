import * as Crypto from "node:crypto"
import { Effect } from "effect"
import type * as HcpSystem from "../../src/HcpSystem.ts"
import { send } from "./exchange.ts"

export const tokenFor = (username: string, password: string) =>
  `HCP ${Buffer.from(username).toString("base64")}:${Crypto.createHash("md5").update(password).digest("hex")}`

export interface Asked {
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as XML. */
  readonly xml?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The tenant whose host is asked; default the system's. */
  readonly at?: string
  readonly as?: readonly [username: string, password: string]
}

/** Asks the management API, as the administrator of the system unless something else is said. */
export const mapi = (hcp: HcpSystem.HcpSystem, method: string, path: string, asked: Asked = {}) =>
  Effect.map(
    send(hcp, method, `/mapi${path}`, {
      listener: "mapi",
      host: `${asked.at ?? "admin"}.${hcp.domain}`,
      headers: {
        authorization: tokenFor(...(asked.as ?? (["service", "service01"] as const))),
        ...(asked.json === undefined ? {} : { "content-type": "application/json" }),
        ...(asked.xml === undefined ? {} : { "content-type": "application/xml" }),
        accept: "application/json",
        ...asked.headers
      },
      body: asked.xml ?? (asked.json === undefined ? "" : JSON.stringify(asked.json))
    }),
    (answer) => ({
      ...answer,
      json:
        answer.text !== "" && answer.headers["content-type"] === "application/json"
          ? JSON.parse(answer.text)
          : undefined
    })
  )

/** Asks and dies unless it was done. */
export const must = (hcp: HcpSystem.HcpSystem, method: string, path: string, asked: Asked = {}) =>
  Effect.tap(mapi(hcp, method, path, asked), (answer) =>
    answer.status === 200
      ? Effect.void
      : Effect.die(new Error(`${method} ${path}: ${answer.status} ${answer.message ?? ""}`))
  )

/** Asks and gives the status. */
export const code = (hcp: HcpSystem.HcpSystem, method: string, path: string, asked: Asked = {}) =>
  Effect.map(mapi(hcp, method, path, asked), ({ status }) => status)
