/**
 * Every suite there is.
 */
import type { Suite } from "./suite.ts"
import { command } from "./suites/command.ts"
import { connections } from "./suites/connections.ts"
import { facade } from "./suites/facade.ts"
import { folders } from "./suites/folders.ts"
import { gateways } from "./suites/gateways.ts"
import { guard } from "./suites/guard.ts"
import { jobs } from "./suites/jobs.ts"
import { large, verified } from "./suites/large.ts"
import { listing } from "./suites/listing.ts"
import { memory } from "./suites/memory.ts"
import { nodes } from "./suites/nodes.ts"
import { peers } from "./suites/peers.ts"
import { pick } from "./suites/pick.ts"
import { ranges } from "./suites/ranges.ts"
import { s3 } from "./suites/s3.ts"
import { simulator } from "./suites/simulator.ts"
import { size } from "./suites/size.ts"
import { sizes } from "./suites/sizes.ts"
import { small } from "./suites/small.ts"
import { spool } from "./suites/spool.ts"
import { start } from "./suites/start.ts"
import { tls } from "./suites/tls.ts"
import { tools } from "./suites/tools.ts"
import { waiting } from "./suites/waiting.ts"
import { ways } from "./suites/ways.ts"

/** In the order in which they run and are told about. */
export const suites: ReadonlyArray<Suite> = [
  small,
  ways,
  facade,
  peers,
  sizes,
  large,
  verified,
  tls,
  ranges,
  s3,
  folders,
  listing,
  gateways,
  command,
  memory,
  connections,
  pick,
  nodes,
  waiting,
  start,
  tools,
  size,
  simulator,
  spool,
  jobs
]

/** Those that run only when asked for, and whose targets are demands. */
export const guards: ReadonlyArray<Suite> = [guard]
