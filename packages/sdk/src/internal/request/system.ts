/**
 * What a call needs of its system.
 *
 * @internal
 */
import type * as Semaphore from "effect/Semaphore"
import type { Credentials } from "../../Credentials.ts"
import type { Budget, RetryPolicy } from "../../RetryPolicy.ts"
import type { HostPool } from "../pool/hostPool.ts"
import type { Nodes } from "../pool/nodes.ts"
import type { Defaults } from "./prepare.ts"
import type { Signer } from "./signing.ts"

/** @internal */
export interface System {
  readonly fqdn: string
  readonly port: number
  readonly role: "primary" | "replica"
  readonly credentials: Credentials["Service"]
  readonly signer: Signer
  readonly nodes: Nodes
  readonly pool: HostPool
  readonly policy: RetryPolicy
  readonly budget: Budget
  readonly defaults: Defaults
  /** Whether answers without any mark of HCP are taken for HCP's. */
  readonly acceptsUnmarked: boolean
  /** Counts the answers of all nodes to all calls, whatever their status. */
  readonly answers: { count: number }
  /** The algorithm HCP named last for what it stored here. */
  readonly hashes: { scheme: string | undefined }
  /**
   * Who may open a file, and read it where it is small. Of thousands of calls that begin together each would have its
   * file open before the first was read: the threads of Node serve whoever asks first.
   */
  readonly opening: Semaphore.Semaphore
}
