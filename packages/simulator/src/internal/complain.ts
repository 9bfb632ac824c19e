/**
 * What goes wrong with the command, in one line on standard error.
 *
 * @internal
 */
import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"
import { oneLine } from "./oneLine.ts"

/** @internal */
export const complain = (message: string): Effect.Effect<void> => Console.error(`hcp-simulator: ${oneLine(message)}`)
