/**
 * A gateway that nobody is behind: its calls fail because of their input, or because there is nobody.
 *
 * @internal
 */
import * as S3 from "@effect-hcp/s3/S3"
import * as S3Credentials from "@effect-hcp/s3/S3Credentials"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import { nobody } from "@effect-hcp/spool/InputCheck"
import * as Effect from "effect/Effect"

/** @internal */
export const dryGateway = <A>(use: (gateway: S3.Shape) => Effect.Effect<A, HcpError>): Effect.Effect<A, HcpError> =>
  Effect.flatMap(S3.make(), use).pipe(
    Effect.provideService(HcpClient.HcpClient, nobody),
    Effect.provide(S3Credentials.layerAnonymous)
  )
