import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { runExample, temporaryFolder } from "./runExample.ts"

const folders = (...args: ReadonlyArray<string>) => runExample(["folders", ...args], { TMPDIR: os.tmpdir() })

it.live("folders: up, up again, down, and compared", () =>
  Effect.gen(function* () {
    const run = yield* folders()
    assert.strictEqual(run.stderr, "")
    assert.strictEqual(run.code, 0, run.stdout)
    assert.match(run.stdout, /^ {2}100%: \d+ of 61 files, (20\.\d MiB) of \1$/m)
    assert.match(run.stdout, /^up: 61 files of 20\.\d MiB, 1 empty folders made, 0 skipped, 0 failed$/m)
    assert.match(run.stdout, /^up again: 0 files of 0 B, 0 empty folders made, 62 skipped, 0 failed$/m)
    assert.match(run.stdout, /^down: 61 files of 20\.\d MiB, 1 empty folders made, 0 skipped, 0 failed$/m)
    assert.match(run.stdout, /^what came back is what was brought$/m)
  })
)

it.live("folders: a folder of one's own, and one that is not there", () =>
  Effect.gen(function* () {
    const own = yield* temporaryFolder
    yield* Effect.sync(() => fs.writeFileSync(path.join(own, "ä #.txt"), "own"))
    const run = yield* folders(own)
    assert.strictEqual(run.code, 0, run.stderr)
    assert.match(run.stdout, /^down: 1 files of 3 B/m)
    const missing = yield* folders(path.join(own, "none"))
    assert.strictEqual(missing.code, 1)
    assert.match(missing.stderr, /^folders: cannot list ".*none": there is no such file or folder \(ENOENT\)\n$/)
  })
)
