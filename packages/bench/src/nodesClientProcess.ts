/**
 * A client of a system with many nodes in a process of its own.
 *
 * Arguments: the system as JSON, and how many calls the workers share.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { toBenchError } from "./benchError.ts"
import { manyNodes } from "./clients/manyNodes.ts"
import { serve } from "./clients/remote.ts"
import { System } from "./suites/nodesProtocol.ts"

const [, , system = "", calls = ""] = process.argv

serve(
  Schema.decodeEffect(Schema.fromJsonString(System))(system).pipe(
    Effect.mapError(toBenchError),
    Effect.map((system) => manyNodes(system, Number(calls)))
  ),
  0
)
