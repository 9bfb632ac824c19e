/**
 * The thread of `commitLoop`: it commits the rows that it gets, and says when they are on the disk.
 */
import { parentPort, workerData } from "node:worker_threads"
import * as CommitLoop from "./commitLoop.ts"

const commit = CommitLoop.open(String(workerData))

parentPort?.on("message", (rows: ReadonlyArray<CommitLoop.EntryValues>) => {
  commit(rows)
  parentPort?.postMessage(rows.length)
})
