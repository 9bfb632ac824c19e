/**
 * Reads one large body with raw undici, in a process of its own, and tells the parent process what memory that took at
 * most.
 *
 * Arguments: the number of bytes, the port of the streamer.
 */
// Only what is needed: what is imported counts too.
import { setTimeout as sleep } from "node:timers/promises"
import { Pool } from "undici"
import type { Transfer } from "./suites/memory.ts"

const [, , size = "", port = ""] = process.argv
const bytes = Number(size)
const pauseEvery = 4 * 1024 * 1024

const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1 })
const begun = performance.now()
const { body } = await pool.request({ method: "GET", path: `/rest/${bytes}` })
let received = 0
let sincePause = 0
for await (const chunk of body) {
  received += chunk.length
  sincePause += chunk.length
  if (sincePause < pauseEvery) continue
  sincePause = 0
  // As slow as the reader of the SDK.
  await sleep(10)
}
if (received !== bytes) throw new Error(`${received} bytes`)
const transfer: Transfer = {
  millis: performance.now() - begun,
  // In kilobytes, whatever the platform.
  peak: process.resourceUsage().maxRSS * 1024
}
process.send?.(transfer)
await pool.close()
process.disconnect()
