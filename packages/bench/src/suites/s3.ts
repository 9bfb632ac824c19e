/**
 * The S3 gateway: `@effect-hcp/s3` beside the S3 client of the AWS SDK, at small objects and at large ones.
 */
import * as Effect from "effect/Effect"
import * as PeersFolder from "../peersFolder.ts"
import type { Report, Suite } from "../suite.ts"
import * as Large from "./s3Large.ts"
import * as Small from "./s3Small.ts"

const suite = "s3"

const skipped: Report = {
  figures: [],
  tables: [],
  charts: [],
  notes: ["The AWS SDK is not installed, so there is nothing to compare with"]
}

/** Small objects first. */
export const s3: Suite = {
  name: suite,
  about: "S3: objects of 1 KiB and of 1 GiB, @effect-hcp/s3 beside the AWS SDK",
  seconds: (plan) => Small.seconds(plan) + Large.seconds(plan),
  needsPeers: true,
  run: (plan) =>
    Effect.gen(function* () {
      if (!(yield* PeersFolder.isInstalled)) return skipped
      const small = yield* Effect.scoped(Small.run(suite, plan))
      const large = yield* Effect.scoped(Large.run(suite, plan))
      return {
        figures: [...small.figures, ...large.figures],
        tables: [...small.tables, ...large.tables],
        charts: [...small.charts, ...large.charts],
        notes: []
      }
    })
}
