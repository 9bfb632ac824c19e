import { Effect, Stream } from "effect"
import type { Gateway } from "../../src/Gateway.ts"

/** Answers with what it got: the line of the request, and how many bytes the body had or that it broke off. */
export const echo: Gateway = {
  handle: (request) =>
    request.body.pipe(
      Stream.runFold(
        () => 0,
        (sum, chunk) => sum + chunk.length
      ),
      Effect.map(String),
      Effect.catch((aborted) => Effect.succeed(aborted)),
      Effect.map((bytes) => ({
        status: 200,
        headers: [
          ["X-HCP-Time", "1"],
          ["x-Odd-SPELLING", "kept"]
        ] as const,
        body: {
          _tag: "Bytes" as const,
          bytes: new TextEncoder().encode(
            `${request.method} ${request.target} ${request.host} ${request.listener} ${request.secure} ${bytes}`
          )
        }
      }))
    )
}
