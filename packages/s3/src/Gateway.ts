/**
 * Where the S3 gateway is, and how it is spoken to.
 *
 * @since 0.1.0
 */
import type * as HcpClient from "@effect-hcp/sdk/HcpClient"
import type * as Effect from "effect/Effect"
import type { S3Credentials } from "./S3Credentials.ts"

/**
 * The host that was given as endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  readonly fqdn: string
  readonly port: number
  /** Whether TLS is used. */
  readonly secure: boolean
}

/**
 * What is known of an endpoint only when it has answered.
 *
 * @category models
 * @since 0.1.0
 */
export interface Found {
  /** An endpoint that is the host of a bucket, where the bucket of a path is taken for the first part of the key. */
  bucketHost: string | undefined
}

/**
 * Where the gateway is, and how it is spoken to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Gateway {
  readonly client: HcpClient.Shape
  /** Where the bucket is written: in the path, or before the tenant's name. */
  readonly style: "path" | "virtualHost"
  /** Who we are; at the door of the HCP header with what comes before the bucket in every path. */
  readonly credentials: S3Credentials["Service"]
  /** Where that is known. */
  readonly endpoint: Endpoint | undefined
  /** What the answers have told of the endpoint. */
  readonly found: Found
  /** For calls whose state lives on one system, as the parts of an upload do. */
  readonly stay: Effect.Effect<Stay>
}

/**
 * The same gateway twice: for a first call, and for those that have to go where that one went.
 *
 * @category models
 * @since 0.1.0
 */
export interface Stay {
  /** Where the first call goes: to the system that the replica strategy says. */
  readonly first: Gateway
  /** The system of this FQDN, which answered the first call, on any of its nodes and nowhere else. */
  readonly at: (target: string) => Effect.Effect<Gateway>
}
