// Stores and reads objects of the system that the HCP_* variables name, on whatever runs it. It prints "ok".
import { Hcp, HcpBody, Namespace } from "@effect-hcp/sdk"
import { Effect, Layer, Stream } from "effect"

const folder = `/on ${process.argv[2]}`
const paths = Array.from({ length: 1000 }, (_, index) => `${folder}/${index} %.txt`)

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const each = (/** @type {string} */ path) =>
    Effect.gen(function* () {
      yield* ns.put(path, HcpBody.text(`this is ${path}`))
      const { text } = yield* ns.get(path)
      if (text !== `this is ${path}`) throw new Error(`${path}: read ${text}`)
    })
  yield* Effect.forEach(paths, each, { concurrency: 32, discard: true })
  const listed = yield* Stream.runFold(
    ns.list(folder),
    () => 0,
    (sum) => sum + 1
  )
  if (listed !== paths.length) throw new Error(`listed ${listed}`)
}).pipe(Effect.provide(Namespace.layer.pipe(Layer.provide(Hcp.layerConfig()))))

Effect.runPromise(program).then(
  () => process.stdout.write("ok\n"),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
)
