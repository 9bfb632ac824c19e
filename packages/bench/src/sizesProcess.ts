/**
 * One client at objects of several sizes in a process of its own.
 *
 * Arguments: which client, and the port of the streamer.
 */
import * as Effect from "effect/Effect"
import { serve } from "./clients/remote.ts"
import { sdk, undici } from "./clients/sizes.ts"

const [, , id = "", port = ""] = process.argv

serve(Effect.succeed(id === "undici" ? undici : sdk), Number(port))
