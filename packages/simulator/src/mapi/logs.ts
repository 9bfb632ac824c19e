/**
 * `/logs`: marks in the logs, and packages of them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Content, contents, files, nameOf } from "../internal/logPackage.ts"
import * as Zip from "../internal/zip.ts"
import * as Action from "./action.ts"
import * as Packages from "./packages.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { struct, text } from "./shape.ts"

const commaList = text({ max: 4096 })

const prepareShape = struct({ startDate: Packages.day, endDate: Packages.day, snodes: commaList })

const downloadShape = struct({ nodes: commaList, snodes: commaList, content: commaList })

const maxMark = 1024

/** There are no S nodes, so none can be asked for. */
const checkStorageNodes = (list = ""): Effect.Effect<void, Refusal> => {
  const [first] = Packages.itemsOf(list)
  return first === undefined ? Effect.void : Effect.fail(refusal(400, `there is no S node ${first}`))
}

const contentsOf = (list: string | undefined): Effect.Effect<ReadonlyArray<Content>, Refusal> => {
  if (list === undefined) return Effect.succeed(contents)
  const items = Packages.itemsOf(list)
  if (items.length === 0) return Effect.fail(refusal(400, "the value of content is not valid: it must not be empty"))
  return Effect.forEach(items, (item) => {
    const content = contents.find((name) => name === item.toUpperCase())
    return content === undefined
      ? Effect.fail(refusal(400, `the value of content is not valid: it must be a list of ${contents.join(", ")}`))
      : Effect.succeed(content)
  })
}

const act = Effect.fnUntraced(function* (call: Call) {
  const { accessLog, management } = call.core
  const action = yield* Action.find(call, ["mark", "cancel"])
  if (action === "cancel") yield* management.logs.cancel
  if (action === "mark") {
    const mark = call.parameters.get("mark")?.trim() ?? ""
    if (mark === "" || mark.length > maxMark) {
      return yield* refusal(400, `the value of mark is not valid: it must be text of 1 to ${maxMark} characters`)
    }
    accessLog.mark(management.nodes(), call.now, mark)
  }
  return done
})

const prepare = Effect.fnUntraced(function* (call: Call) {
  const body = yield* call.body("logPrepare", prepareShape)
  yield* checkStorageNodes(body.snodes)
  const order = yield* Packages.orderOf(body, call.now)
  return yield* Packages.prepare(call, call.core.management.logs, order, "A log download")
})

const download = Effect.fnUntraced(function* (call: Call) {
  const { accessLog, management, spec } = call.core
  const body = yield* call.body("logDownload", downloadShape)
  yield* checkStorageNodes(body.snodes)
  const nodes = yield* Packages.nodesOf(call, body.nodes)
  const selection = { nodes, contents: yield* contentsOf(body.content), isComplete: body.nodes === undefined }
  const { deliver, order, orderedAt } = yield* Packages.take(management.logs, "the log package")
  const name = nameOf(spec.domain, selection, orderedAt)
  const zip = Zip.stream(files(accessLog, name, order, selection, orderedAt))
  return Packages.download(`${name}.zip`, deliver(zip))
})

/** @internal */
export const logs: ReadonlyArray<Resource> = [
  {
    path: "/logs",
    get: {
      access: Packages.watchers,
      run: ({ core }) =>
        Effect.map(Packages.statusOf(core.management.logs, contents.join(",")), (status) =>
          answer("logDownloadStatus", status)
        )
    },
    post: { access: Packages.collectors, parameters: ["mark", "cancel"], run: act }
  },
  { path: "/logs/prepare", post: { access: Packages.collectors, run: prepare } },
  { path: "/logs/download", post: { access: Packages.collectors, run: download } }
]
