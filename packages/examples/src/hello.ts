import { NodeRuntime } from "@effect/platform-node"
import { Hcp, HcpBody, HcpClient } from "@effect-hcp/sdk"
import { Console, Duration, Effect } from "effect"

const program = Effect.gen(function* () {
  const client = yield* HcpClient.HcpClient

  yield* client.put("/rest/hello/50% done.txt", HcpBody.text("This is an example"), { query: { index: "true" } })
  const head = yield* client.head("/rest/hello/50% done.txt")
  yield* Console.log(`${head.servicedBy} has ${head.headers.get("x-hcp-hash")}`)

  const reply = yield* client.get("/rest/hello/50% done.txt")
  yield* Console.log(`${reply.node} sent "${reply.text}" in ${Duration.toMillis(reply.timings.total).toFixed(1)} ms`)

  yield* client.delete("/rest/hello/50% done.txt")
  yield* client
    .get("/rest/hello/50% done.txt")
    .pipe(Effect.catchReason("HcpError", "NotFound", () => Console.log("and it is gone")))
})

program.pipe(Effect.provide(Hcp.layerConfig()), NodeRuntime.runMain)
