/**
 * What `Simulator.layerConfig` needs, loaded when it is used: `effect/Config`, and what reads the variables.
 *
 * @internal
 */
import * as ConfigVariable from "@effect-hcp/sdk/ConfigVariable"
import { isHcpError } from "@effect-hcp/sdk/HcpError"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { SimulatorError } from "../SimulatorError.ts"
import type { SimulatorOptions } from "../SimulatorOptions.ts"

export { isWrapped } from "@effect-hcp/sdk/ConfigVariable"
export { make } from "../SimulatorConfig.ts"

/** The options, each of them read from its `Config`. */
export const unwrap = (
  wrapped: Config.Wrap<SimulatorOptions>
): Effect.Effect<SimulatorOptions, SimulatorError | Config.ConfigError> =>
  Effect.mapError(ConfigVariable.unwrap<SimulatorOptions>(wrapped), (error) =>
    isHcpError(error) ? new SimulatorError({ reason: "specification", message: error.reason.message }) : error
  )
