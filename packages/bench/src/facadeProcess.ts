/**
 * One facade at small objects in a process of its own.
 *
 * Arguments: which facade, the port of the responder, and a file of 10 KiB.
 */
import * as Effect from "effect/Effect"
import { namespace, s3Door } from "./clients/facade.ts"
import { serve } from "./clients/remote.ts"

const [, , id = "", port = "", file = ""] = process.argv

serve(Effect.succeed(id === "s3Door" ? s3Door(file) : namespace(file)), Number(port))
