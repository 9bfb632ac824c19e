import { Context, Effect, Layer } from "effect"
import { type Program, start } from "./foreignProgram.ts"

export { find, type Program } from "./foreignProgram.ts"

/** A name server of somebody else, running on a port of 127.0.0.1. */
export class RealNameServer extends Context.Service<
  RealNameServer,
  {
    /** `address:port`, for the option `nameServers`. */
    readonly label: string
    /** All that it printed so far. */
    readonly log: () => string
  }
>()("@effect-hcp/sdk/test/RealNameServer") {}

/** Starts a program, and stops it with the layer. */
export const layer = (path: string, program: Program): Layer.Layer<RealNameServer> =>
  Layer.effect(
    RealNameServer,
    Effect.map(start(path, program), ({ log, port }) => ({ label: `127.0.0.1:${port}`, log }))
  )
