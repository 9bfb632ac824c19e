/**
 * What has to be changed so that a system or tenant is as a document says: the changes in their order, each with what
 * differs.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { HcpError } from "../HcpError.ts"
import type { Mapi } from "./Mapi.ts"
import type { SecretReference } from "./StateDocument.ts"

/**
 * A field that differs, as texts for people.
 *
 * @category models
 * @since 0.1.0
 */
export interface Difference {
  readonly field: string
  /** As it is now; `undefined` for what is not there, and for what will only be known when its resource is created. */
  readonly from: string | undefined
  /** As it will be; `undefined` for what is deleted. */
  readonly to: string | undefined
}

/**
 * Gives the secret behind a reference.
 *
 * @category models
 * @since 0.1.0
 */
export type SecretOf = (reference: SecretReference) => Redacted.Redacted<string>

/**
 * One change of one resource.
 *
 * @category models
 * @since 0.1.0
 */
export interface Change {
  readonly action: "create" | "modify" | "delete"
  /** Which resource: `finance`, `finance/users/lgreen`, `finance/namespaces/invoices/versioning`. */
  readonly path: string
  readonly differences: ReadonlyArray<Difference>
  /** The secrets that it needs. */
  readonly secrets: ReadonlyArray<SecretReference>
  /** Makes the change. */
  readonly perform: (secretOf: SecretOf) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * All changes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Plan {
  /** In the order in which they are made. */
  readonly changes: ReadonlyArray<Change>
  /** Deletions that are left out, as they were not asked for. */
  readonly withheld: ReadonlyArray<Change>
}

/**
 * What a plan may contain.
 *
 * @category models
 * @since 0.1.0
 */
export interface PlanOptions {
  /**
   * Whether what a list of the document does not name is deleted: namespaces, users, groups, retention classes,
   * permissions of accounts, and CORS rules for an empty list. Lists that are not in the document are left alone.
   * Defaults to `false`.
   */
  readonly prune?: boolean | undefined
  /**
   * Whether tenants that the document does not name are deleted, with their namespaces as far as these are empty.
   * Defaults to `false`: a document may be about one tenant of many.
   */
  readonly pruneTenants?: boolean | undefined
}
