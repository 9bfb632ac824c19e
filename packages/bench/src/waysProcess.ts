/**
 * The client that makes the same call in several ways, in a process of its own.
 *
 * Argument: the port of the responder.
 */
import * as Effect from "effect/Effect"
import { serve } from "./clients/remote.ts"
import { contender } from "./clients/ways.ts"

const [, , port = ""] = process.argv

serve(Effect.succeed(contender), Number(port))
