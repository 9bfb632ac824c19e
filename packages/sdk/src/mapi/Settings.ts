/**
 * What settings of a system, a tenant, a namespace or an account are to those who use them: a pair of `get` and
 * `modify`, and `find` and `delete` where there need be none.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { HcpError } from "../HcpError.ts"
import type { InTenant } from "./CallOptions.ts"
import type { Mapi } from "./Mapi.ts"

/**
 * Settings of a tenant: that of the host, or `{ tenant }`.
 *
 * @category models
 * @since 0.1.0
 */
export interface OfTenant<A> {
  /** The settings as they are now. */
  readonly get: (options?: InTenant) => Effect.Effect<A, HcpError, Mapi>
  /**
   * Changes what is given and leaves the rest; a list replaces the one there is. Fails with `InvalidInput` for what HCP
   * would refuse.
   */
  readonly modify: (changes: A, options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * Settings of a namespace.
 *
 * @category models
 * @since 0.1.0
 */
export interface OfNamespace<A> {
  /** The settings as they are now. */
  readonly get: (namespace: string, options?: InTenant) => Effect.Effect<A, HcpError, Mapi>
  /**
   * Changes what is given and leaves the rest; a list replaces the one there is. Fails with `InvalidInput` for what HCP
   * would refuse.
   */
  readonly modify: (namespace: string, changes: A, options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * Settings a tenant need not have.
 *
 * @category models
 * @since 0.1.0
 */
export interface OptionalOfTenant<A> extends OfTenant<A> {
  /** The settings; fails with `NotFound` where there are none. */
  readonly get: (options?: InTenant) => Effect.Effect<A, HcpError, Mapi>
  /** The settings, if there are any. */
  readonly find: (options?: InTenant) => Effect.Effect<Option.Option<A>, HcpError, Mapi>
  /** Deletes the settings; that there are none is as good. */
  readonly delete: (options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * Settings a namespace need not have of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface OptionalOfNamespace<A> extends OfNamespace<A> {
  /** The settings; fails with `NotFound` where the namespace has none of its own. */
  readonly get: (namespace: string, options?: InTenant) => Effect.Effect<A, HcpError, Mapi>
  /** The settings, if the namespace has any of its own. */
  readonly find: (namespace: string, options?: InTenant) => Effect.Effect<Option.Option<A>, HcpError, Mapi>
  /** Deletes the settings; that there are none is as good. */
  readonly delete: (namespace: string, options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * Settings of a user or a group of a tenant.
 *
 * @category models
 * @since 0.1.0
 */
export interface OfAccount<A> {
  /** The settings as they are now. */
  readonly get: (account: string, options?: InTenant) => Effect.Effect<A, HcpError, Mapi>
  /** Changes what is given and leaves the rest. Fails with `InvalidInput` for what HCP would refuse. */
  readonly modify: (account: string, changes: A, options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

/**
 * Settings of the system.
 *
 * @category models
 * @since 0.1.0
 */
export interface OfSystem<A, Changes = A, Options = never> {
  /** The settings as they are now. */
  readonly get: (options?: Options) => Effect.Effect<A, HcpError, Mapi>
  /** Changes what is given and leaves the rest. Fails with `InvalidInput` for what HCP would refuse. */
  readonly modify: (changes: Changes) => Effect.Effect<void, HcpError, Mapi>
}
