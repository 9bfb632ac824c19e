/**
 * Modules that only some programs need, loaded by the first effect that does: they are many, and every program that
 * imports the client would wait for them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/**
 * Loads a module, and keeps it: to ask Node again for one that is there takes as long as half a call, and a folder of
 * files asks for each of them.
 */
const once = <A>(load: () => Promise<A>): Effect.Effect<A> => {
  let loaded: Effect.Effect<A> | undefined
  const loading = Effect.map(Effect.promise(load), (module) => {
    loaded = Effect.succeed(module)
    return module
  })
  return Effect.suspend(() => loaded ?? loading)
}

/** What `layerConfig` of the modules reads. Needs `effect/Config`, and with it `effect/Schema`. */
export const config = once(() => import("../../HcpConfig.ts"))

/** What `layerConfig` of the modules does with options each of which is a `Config`. Needs as much. */
export const configVariable = once(() => import("../../ConfigVariable.ts"))

/** What connects: sockets, HTTP on them, and undici. */
export const connections = once(() => import("../transport/undiciConnection.ts"))

/** Tunnels through a forward proxy. */
export const proxyDialer = once(() => import("../transport/proxyDialer.ts"))

/** What asks name servers. Needs `dns-packet`. */
export const nameServerLookup = once(() => import("../dns/nameServerLookup.ts"))

/** What asks effect's `Dns`. */
export const systemLookup = once(() => import("../dns/systemLookup.ts"))

/** effect's `Dns` over the operating system's resolver. */
export const nodeDns = once(() => import("@effect/platform-node/NodeDns"))

/** Bodies from files. Needs `node:fs`. */
export const localFile = once(() => import("../body/localFile.ts"))

/** The client for code that is written against `effect/http`. Needs that, and with it `effect/Schema`. */
export const httpClient = once(() => import("../request/httpClient.ts"))
