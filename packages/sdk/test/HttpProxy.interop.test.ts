import { chmodSync } from "node:fs"
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import * as CertificateAuthority from "../../simulator/src/CertificateAuthority.ts"
import type { HttpProxy } from "../src/HttpProxy.ts"
import type * as Target from "../src/Target.ts"
import * as FaultNode from "./utils/FaultNode.ts"
import { call, fqdn, make, targetOf } from "./utils/FaultNodes.ts"
import * as ForeignProgram from "./utils/foreignProgram.ts"

/** A squid that wants credentials, knows one name, and forbids port 9. */
class Squid extends Context.Service<Squid, { readonly port: number }>()("@effect-hcp/sdk/test/Squid") {}

const password = "ge:heim 1%@"

const program: ForeignProgram.Program = {
  binary: "squid",
  arguments: (folder) => ["-N", "-d", "1", "-f", `${folder}/squid.conf`],
  isReady: /Accepting HTTP Socket connections/,
  files: (folder, port) => {
    // Started by root it goes on as another user, who has to read these.
    chmodSync(folder, 0o755)
    return {
      hosts: `127.90.0.1 ${fqdn}\n`,
      // It is told both parts percent-encoded where they need it.
      "check.sh": `while read -r user password; do
        if [ "$user $password" = "clerk ge:heim%201%25@" ]; then echo OK; else echo ERR; fi
      done\n`,
      "squid.conf": `
        http_port 127.0.0.1:${port}
        pid_filename none
        access_log none
        cache_store_log none
        netdb_filename none
        coredump_dir none
        cache deny all
        cache_mem 8 MB
        shutdown_lifetime 0 seconds
        visible_hostname squid.test
        hosts_file ${folder}/hosts
        auth_param basic program /bin/sh ${folder}/check.sh
        auth_param basic children 2 startup=1 idle=1
        acl users proxy_auth REQUIRED
        acl closed port 9
        http_access deny closed
        http_access allow users
        http_access deny all
      `
    }
  }
}

const live = (path: string) =>
  Layer.effect(
    Squid,
    Effect.map(ForeignProgram.start(path, program), ({ port }) => ({ port }))
  )

const proxyOf = (options: Partial<HttpProxy> = {}) =>
  Effect.map(
    Squid,
    ({ port }): HttpProxy => ({
      host: "127.0.0.1",
      port,
      credentials: { username: "clerk", password: Redacted.make(password) },
      ...options
    })
  )

const authority = Effect.gen(function* () {
  const authority = yield* CertificateAuthority.make
  const identity = yield* authority.issue({ domain: "hcp.test", names: [fqdn], addresses: [], kind: "complete" })
  return { identity, tls: { ca: authority.pem } }
})

const failureOf = Effect.fnUntraced(function* (target: Target.Shape) {
  const { reason } = yield* Effect.flip(call(target))
  assert(reason._tag === "ProxyFailed", reason.message)
  return reason
})

const large = "0123456789abcdef".repeat(512 * 1024)
const ok = FaultNode.reply(200, "ok")

const path = ForeignProgram.find(program.binary)

if (path === undefined) {
  describe("A target behind squid", () => it.skip("skipped: there is no squid on this machine", () => undefined))
} else {
  layer(live(path), { excludeTestServices: true })("A target behind squid", (it) => {
    it.effect("HTTPS: many calls over one tunnel, small and large", () =>
      Effect.gen(function* () {
        const { identity, tls } = yield* authority
        const group = yield* make([[...Array(20).fill(ok), FaultNode.reply(200, large)]], { tls: identity })
        const target = yield* targetOf(group, { tls, proxy: yield* proxyOf() })
        for (const _ of Array(20)) assert.strictEqual((yield* call(target)).text, "ok")
        assert.isTrue((yield* call(target)).text === large)
        assert.strictEqual(group.nodes[0]?.connections(), 1)
        assert.deepStrictEqual(group.unused(), [0])
      })
    )

    it.effect("plain HTTP goes through a tunnel too", () =>
      Effect.gen(function* () {
        const group = yield* make([[ok, ok]])
        const target = yield* targetOf(group, { proxy: yield* proxyOf() })
        for (const _ of Array(2)) assert.strictEqual((yield* call(target)).text, "ok")
        const [arrival] = group.nodes[0]?.arrivals ?? []
        assert.isUndefined(arrival?.headers.via, "squid sees nothing of the request")
      })
    )

    it.effect("it resolves the name if it is told to", () =>
      Effect.gen(function* () {
        const { identity, tls } = yield* authority
        const group = yield* make([[ok]], { tls: identity })
        const proxy = yield* proxyOf({ resolve: "proxy" })
        const target = yield* targetOf(group, { tls, addresses: undefined, proxy })
        assert.deepStrictEqual(yield* call(target), { status: 200, text: "ok", node: fqdn, attempts: 1 })
      })
    )

    it.effect("without credentials, and with wrong ones: 407", () =>
      Effect.gen(function* () {
        const group = yield* make([[]])
        const none = yield* failureOf(yield* targetOf(group, { proxy: yield* proxyOf({ credentials: undefined }) }))
        assert.deepStrictEqual([none.kind, none.status], ["credentials", 407])
        assert.include(none.message, "wants credentials (407)")
        const credentials = { username: "clerk", password: Redacted.make("wrong") }
        const wrong = yield* failureOf(yield* targetOf(group, { proxy: yield* proxyOf({ credentials }) }))
        assert.include(wrong.message, "does not accept its credentials (407)")
      })
    )

    it.effect("a port that it forbids: 403", () =>
      Effect.gen(function* () {
        const target = yield* targetOf({ addresses: ["127.90.0.1"], port: 9 }, { proxy: yield* proxyOf() })
        const refused = yield* failureOf(target)
        assert.deepStrictEqual([refused.kind, refused.status], ["refused", 403])
        assert.include(refused.message, "refuses CONNECT 127.90.0.1:9 (403)")
      })
    )

    it.effect("a node that it cannot reach is left out, and another one serves", () =>
      Effect.gen(function* () {
        const group = yield* make([[ok, ok], "down"])
        const addresses = [...group.addresses].reverse()
        const target = yield* targetOf({ addresses, port: group.port }, { proxy: yield* proxyOf() })
        for (const _ of Array(2)) assert.strictEqual((yield* call(target)).text, "ok")
        const health = yield* target.nodes.health
        assert.deepStrictEqual(
          health.map((node) => node.status),
          ["ejected", "healthy"]
        )
      })
    )
  })
}
