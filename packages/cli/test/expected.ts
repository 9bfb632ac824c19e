import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Run } from "./runCli.ts"

/** A folder of this computer that is gone with the test. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcp-cli-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

/** How a run ends; nothing on a stream that is not told. */
export interface Expected {
  readonly code?: number | undefined
  readonly stdout?: string | RegExp | undefined
  readonly stderr?: string | RegExp | undefined
}

export const check = (run: Run, { code = 0, stdout = "", stderr = "" }: Expected, what = "") => {
  const found = `${what} ${JSON.stringify(run)}`
  assert.strictEqual(run.code, code, found)
  for (const [expected, text] of [
    [stdout, run.stdout],
    [stderr, run.stderr]
  ] as const) {
    if (typeof expected === "string") assert.strictEqual(text, expected, found)
    else assert.match(text, expected, found)
  }
}

/** The rows of `-o ndjson`. */
export const rowsOf = (run: Run): ReadonlyArray<Record<string, unknown>> =>
  run.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
