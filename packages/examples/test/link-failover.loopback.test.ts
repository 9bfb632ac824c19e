import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample } from "./runExample.ts"

it.live("a client stores and reads while its system is lost, replaced and found again", () =>
  Effect.gen(function* () {
    const { code, stderr, stdout } = yield* runExample(["link-failover"])
    assert.strictEqual(code, 0, `${stderr}\n${stdout}`)
    assert.match(stdout, /all nodes of hcp1\.example\.com are down/)
    assert.match(stdout, /the client turns to n1\.t1\.hcp2\.example\.com/)
    assert.match(stdout, /the link says: Failed over/)
    assert.match(stdout, /100 calls were served by hcp2\.example\.com/)
    assert.match(stdout, /the link says: Synchronizing data/)
    assert.match(stdout, /the client turns back to n1\.t1\.hcp1\.example\.com/)
    const [, stored, all] = / 0 calls failed, (\d+) of (\d+) objects are intact/.exec(stdout) ?? []
    assert.strictEqual(stored, all, stdout)
    assert.isAbove(Number(stored), 100)
  })
)

it.live("a variable that is missing is named", () =>
  Effect.gen(function* () {
    const { code, stderr } = yield* runExample(["link-failover"], { HCP_FQDN: "n1.t1.hcp1.example.com" })
    assert.strictEqual(code, 1)
    assert.match(stderr, /^link-failover: HCP_REPLICA_FQDN is missing[^\n]+\n$/)
  })
)
