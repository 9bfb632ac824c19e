/**
 * Modules that only some programs need, loaded by the first effect that does: they are many, and every program that
 * imports the client would wait for them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** What `layerConfig` of the modules reads. Needs `effect/Config`, and with it `effect/Schema`. */
export const config = Effect.promise(() => import("../../HcpConfig.ts"))

/** What `layerConfig` of the modules does with options each of which is a `Config`. Needs as much. */
export const configVariable = Effect.promise(() => import("../../ConfigVariable.ts"))

/** What connects: sockets, HTTP on them, and undici. */
export const connections = Effect.promise(() => import("../transport/undiciConnection.ts"))

/** Tunnels through a forward proxy. */
export const proxyDialer = Effect.promise(() => import("../transport/proxyDialer.ts"))

/** What asks name servers. Needs `dns-packet`. */
export const nameServerLookup = Effect.promise(() => import("../dns/nameServerLookup.ts"))

/** What asks effect's `Dns`. */
export const systemLookup = Effect.promise(() => import("../dns/systemLookup.ts"))

/** effect's `Dns` over the operating system's resolver. */
export const nodeDns = Effect.promise(() => import("@effect/platform-node/NodeDns"))

/** Bodies from files. Needs `node:fs`. */
export const localFile = Effect.promise(() => import("../body/localFile.ts"))

/** The client for code that is written against `effect/http`. Needs that, and with it `effect/Schema`. */
export const httpClient = Effect.promise(() => import("../request/httpClient.ts"))
