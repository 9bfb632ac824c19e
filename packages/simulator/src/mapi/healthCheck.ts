/**
 * `/healthCheckReport`: reports on the state of the system, prepared and fetched like logs.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { refusal } from "../gateway/exchange.ts"
import * as HealthReport from "../internal/healthReport.ts"
import * as Zip from "../internal/zip.ts"
import * as Action from "./action.ts"
import * as Packages from "./packages.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { flag, struct, text } from "./shape.ts"

const prepareShape = struct({
  startDate: Packages.day,
  endDate: Packages.day,
  exactTime: text({ min: 5, max: 5, pattern: /^([01]\d|2[0-3]):[0-5]\d$/ }),
  collectCurrent: flag
})

const downloadShape = struct({ nodes: text({ max: 4096 }), content: text({ max: 64 }) })

const packaging = ({ core }: Call) => core.management.healthCheck

const prepare = Effect.fnUntraced(function* (call: Call) {
  const body = yield* call.body("healthCheckPrepare", prepareShape)
  const order = yield* Packages.orderOf(body, call.now)
  return yield* Packages.prepare(call, packaging(call), order, "A health check report")
})

const download = Effect.fnUntraced(function* (call: Call) {
  const body = yield* call.body("healthCheckDownload", downloadShape)
  if (body.content !== undefined && body.content !== "" && body.content !== "HCR") {
    return yield* refusal(400, "the value of content is not valid: it must be HCR")
  }
  const nodes = yield* Packages.nodesOf(call, body.nodes)
  const { deliver, orderedAt } = yield* Packages.take(packaging(call), "the health check report")
  const name = HealthReport.nameOf(call.core, orderedAt)
  const zip = Zip.stream(HealthReport.files(call.core, name, nodes, orderedAt))
  return Packages.download(`${name}.zip`, deliver(zip))
})

/** @internal */
export const healthCheck: ReadonlyArray<Resource> = [
  {
    path: "/healthCheckReport",
    get: {
      access: Packages.collectors,
      run: (call) =>
        Effect.map(Packages.statusOf(packaging(call), "HCR"), (status) => answer("healthCheckDownloadStatus", status))
    },
    post: {
      access: Packages.collectors,
      parameters: ["cancel"],
      run: Effect.fnUntraced(function* (call) {
        if ((yield* Action.find(call, ["cancel"])) === "cancel") yield* packaging(call).cancel
        return done
      })
    }
  },
  { path: "/healthCheckReport/cancel", post: Packages.cancel(packaging) },
  { path: "/healthCheckReport/prepare", post: { access: Packages.collectors, run: prepare } },
  { path: "/healthCheckReport/download", post: { access: Packages.collectors, run: download } }
]
