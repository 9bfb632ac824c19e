/**
 * The client that `Simulator.layerClient` makes over a simulation in memory.
 *
 * @since 0.1.0
 */
import type * as Hcp from "@effect-hcp/sdk/Hcp"
import type { MetadataQuery } from "@effect-hcp/sdk/MetadataQuery"
import type { Mapi } from "@effect-hcp/sdk/mapi/Mapi"
import type { Namespace } from "@effect-hcp/sdk/Namespace"

/**
 * What differs from the client that fits the simulation: any option of `Hcp.layer` but those that say how the systems
 * are reached.
 *
 * | Option | Default |
 * |---|---|
 * | `fqdn` | the first namespace of the first system |
 * | `credentials` | the first user |
 * | `replica` | the same namespace of the second system, where there is one |
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientOptions extends Partial<Omit<Hcp.Options, "transport" | "resolver" | "proxy" | "check">> {
  /** Where and as whom the management API is asked. Defaults to `admin.<domain>` and the first administrator. */
  readonly mapi?:
    | { readonly fqdn?: string | undefined; readonly credentials?: Hcp.CredentialsOption | undefined }
    | undefined
}

/**
 * The client, and the services over it. `MetadataQuery` asks the host of the tenant, with the same credentials.
 *
 * @category models
 * @since 0.1.0
 */
export type ClientServices = Hcp.Services | Namespace | MetadataQuery | Mapi
