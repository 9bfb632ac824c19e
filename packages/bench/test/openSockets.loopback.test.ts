import * as Fs from "node:fs"
import * as Net from "node:net"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { openTo } from "../src/soak/OpenSockets.ts"

it.live.skipIf(!Fs.existsSync("/proc/net/tcp"))(
  "a socket that was closed here is no open one, whatever its node has read of it",
  () =>
    Effect.gen(function* () {
      const accepted = yield* Deferred.make<Net.Socket>()
      // It reads nothing, and so does not learn that its client has gone.
      const server = yield* Effect.acquireRelease(
        Effect.callback<Net.Server>((resume) => {
          const made = Net.createServer({ pauseOnConnect: true }, (socket) => {
            Deferred.doneUnsafe(accepted, Effect.succeed(socket))
          })
          made.listen(0, "127.0.0.9", () => resume(Effect.succeed(made)))
        }),
        (made) => Effect.sync(() => made.close())
      )
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      assert.strictEqual(openTo(port), 0)
      const client = yield* Effect.callback<Net.Socket>((resume) => {
        const socket = Net.connect(port, "127.0.0.9", () => resume(Effect.succeed(socket)))
      })
      const seen = yield* Deferred.await(accepted)
      assert.strictEqual(openTo(port), 1)
      yield* Effect.callback<void>((resume) => {
        client.once("close", () => resume(Effect.void))
        client.destroy()
      })
      assert.deepStrictEqual([openTo(port), seen.destroyed], [0, false])
      seen.destroy()
      assert.isUndefined(openTo(port, "/no/such/table"))
    }).pipe(Effect.scoped)
)
