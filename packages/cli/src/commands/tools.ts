/**
 * The commands that help with all of it.
 *
 * @internal
 */
import { bench } from "./tools/bench.ts"
import { webConsole } from "./tools/console.ts"
import { credentials } from "./tools/credentials.ts"
import { doctor } from "./tools/doctor.ts"
import { job, worker } from "./tools/job.ts"
import { mcp } from "./tools/mcp.ts"
import { profile } from "./tools/profiles.ts"
import { simulator } from "./tools/simulator.ts"
import { spool } from "./tools/spool.ts"

/** @internal */
export const tools = {
  group: "Tools",
  commands: [doctor, bench, profile, credentials, simulator, webConsole, mcp, spool, job, worker]
} as const
