import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Simulator from "../src/Simulator.ts"
import { resolve } from "./utils/dns.ts"
import { tokenFor } from "./utils/mapi.ts"
import { ask } from "./utils/wire.ts"

it.live("a tenant and a namespace of a moment ago have addresses, certificates and room for objects", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const { ca, nameServer, systems } = yield* Simulator.make({ systems: [{ domain: "hcp1.example.com", nodes: 2 }] })
      const [{ ports }] = systems
      const send = Effect.fnUntraced(function* (
        host: string,
        port: number,
        method: string,
        path: string,
        user: readonly [string, string],
        body?: string
      ) {
        const [address = ""] = yield* resolve(nameServer, host)
        return yield* ask({
          address,
          port,
          method,
          path,
          headers: {
            host,
            authorization: tokenFor(...user),
            ...(body === undefined ? {} : { "content-type": "application/xml" })
          },
          ...(body === undefined ? {} : { body }),
          tls: { ca, name: host }
        })
      })
      const admin = (method: string, path: string, body?: string) =>
        send("admin.hcp1.example.com", ports.mapi, method, `/mapi${path}`, ["service", "service01"], body)
      const host = "ledger.finance.hcp1.example.com"
      assert.strictEqual(yield* Effect.flip(resolve(nameServer, host)), "ENOTFOUND")
      const made = [
        yield* admin("PUT", "/tenants?username=lisa&password=start1", "<tenant><name>finance</name></tenant>"),
        yield* admin("PUT", "/tenants/finance/namespaces", "<namespace><name>ledger</name></namespace>"),
        yield* admin(
          "POST",
          "/tenants/finance/userAccounts/lisa/dataAccessPermissions",
          "<dataAccessPermissions><namespacePermission><namespaceName>ledger</namespaceName><permissions><permission>WRITE</permission><permission>READ</permission></permissions></namespacePermission></dataAccessPermissions>"
        )
      ]
      assert.deepStrictEqual(
        made.map(({ body, headers, status }) => [status, body, headers["content-length"]]),
        made.map(() => [200, "", "0"])
      )
      const stored = yield* send(host, ports.https, "PUT", "/rest/a", ["lisa", "start1"], "<a/>")
      assert.strictEqual(stored.status, 201)
      assert.strictEqual((yield* send(host, ports.https, "GET", "/rest/a", ["lisa", "start1"])).body, "<a/>")
      const tenantHost = "finance.hcp1.example.com"
      const list = yield* send(tenantHost, ports.mapi, "GET", "/mapi/tenants/finance/userAccounts", ["lisa", "start1"])
      assert.include(list.body, "<userAccounts><username>lisa</username></userAccounts>")
    })
  )
)
