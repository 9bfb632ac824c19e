/**
 * Brings a folder into HCP, brings it a second time (nothing moves), brings it back to another place, and compares.
 *
 *     npm run example -- folders              a small folder that is made for it, into a simulated system
 *     npm run example -- folders DIR          a folder of yours
 *     HCP_FQDN=... npm run example -- folders the same into a real system, below /effect-hcp/folders, where it stays
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Hcp, type HcpError, Namespace, Transfer } from "@effect-hcp/sdk"
import type { SimulatorError } from "@effect-hcp/simulator"
import { Config, Console, Effect, Layer, Option, Stream } from "effect"
import { main } from "./program/main.ts"
import { bytes } from "./program/Table.ts"
import { simulated } from "./simulated.ts"

const directory = "/effect-hcp/folders"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "folders-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** Something to bring: many small files, a large one, names that need care, and a folder with nothing in it. */
const sample = Effect.tap(temporary, (folder) =>
  Effect.sync(() => {
    for (let n = 0; n < 60; n++) {
      fs.mkdirSync(path.join(folder, "scans", `box ${n % 6}`), { recursive: true })
      fs.writeFileSync(
        path.join(folder, "scans", `box ${n % 6}`, `page ${n} 100% #ü.txt`),
        `page ${n}\n`.repeat(n * 100)
      )
    }
    fs.writeFileSync(path.join(folder, "large.bin"), Buffer.alloc(20_000_000, "a large file"))
    fs.mkdirSync(path.join(folder, "nothing in it"))
  })
)

/** A line at every quarter, and before all files have been found none, as nobody knows what a quarter is. */
const quarters = (): Transfer.OnProgress => {
  let shown = 0
  return ({ files, total, totalFiles, transferred }) => {
    const quarter = total === undefined ? 0 : Math.floor((4 * transferred) / Math.max(1, total))
    if (quarter <= shown || total === undefined) return Effect.void
    shown = quarter
    return Console.log(`  ${quarter * 25}%: ${files} of ${totalFiles} files, ${bytes(transferred)} of ${bytes(total)}`)
  }
}

/** Counts, and says what could not be brought. */
const summary = Effect.fnUntraced(function* <E, R>(title: string, outcomes: Stream.Stream<Transfer.Outcome, E, R>) {
  const counts = yield* outcomes.pipe(
    Stream.tap((one) => (one._tag === "Failed" ? Console.log(`  ${one.name}: ${one.error.message}`) : Effect.void)),
    Transfer.count
  )
  const moved = counts.stored + counts.fetched
  const what = `${moved} files of ${bytes(counts.bytes)}, ${counts.made} empty folders made`
  yield* Console.log(`${title}: ${what}, ${counts.skipped} skipped, ${counts.failed} failed`)
  return counts
})

/** Every file and folder with the bytes of the file. */
const same = (left: string, right: string): boolean => {
  const names = fs.readdirSync(left, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  return names.every((one) => {
    const file = path.join(one.parentPath, one.name)
    const other = path.join(right, path.relative(left, file))
    return fs.existsSync(other) && fs.readFileSync(file).equals(fs.readFileSync(other))
  })
}

const program = Effect.gen(function* () {
  const given = process.argv[2]
  const from = given ?? (yield* sample)
  const to = yield* temporary
  const options = { emptyFolders: true }

  const up = Transfer.upload(from, directory, { ...options, onProgress: quarters() })
  const first = yield* summary("up", up)
  yield* summary("up again", Transfer.upload(from, directory, options))
  const down = Transfer.download(directory, to, { ...options, onProgress: quarters() })
  const back = yield* summary("down", down)

  const isSame = same(from, to)
  yield* Console.log(isSame ? "what came back is what was brought" : "what came back is NOT what was brought")
  if (!isSame || first.failed + back.failed > 0) {
    return yield* Effect.fail(new Error(`not all of ${from} is in ${directory} and came back; the lines above say why`))
  }
})

/** The system that the `HCP_*` variables name, or one in a box. */
const system = (
  fqdn: Option.Option<string>
): Layer.Layer<Namespace.Namespace, HcpError.HcpError | SimulatorError.SimulatorError | Config.ConfigError> =>
  Option.isNone(fqdn) ? simulated() : Namespace.layer.pipe(Layer.provide(Hcp.layerConfig()))

const layer = Layer.unwrap(Effect.map(Config.option(Config.NonEmptyString("HCP_FQDN")), system))

main("folders", program.pipe(Effect.scoped, Effect.provide(layer)))
