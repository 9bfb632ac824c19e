/**
 * One client of large objects of the S3 gateway in a process of its own.
 *
 * Arguments: which client, the port of the streamer, and the load as JSON.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { toBenchError } from "./benchError.ts"
import * as Peers from "./clients/peers.ts"
import { serve } from "./clients/remote.ts"
import * as S3 from "./clients/s3.ts"
import * as S3Transfers from "./clients/s3Transfers.ts"

const [, , id = "", port = "", load = ""] = process.argv

serve(
  Schema.decodeEffect(Schema.fromJsonString(S3Transfers.Load))(load).pipe(
    Effect.mapError(toBenchError),
    Effect.flatMap((load) =>
      id === "aws" ? Peers.s3Transfers(load) : Effect.succeed(S3Transfers.own(id === "hs3" ? S3.hs3 : S3.v4, load))
    )
  ),
  Number(port)
)
