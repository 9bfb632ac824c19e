/**
 * Namespaces and users as they are where all of it is for S3.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { SimulatorError } from "../SimulatorError.ts"
import { type NamespaceSpec, parseUser, type UserSpec } from "../SystemSpec.ts"

/** Every namespace is a bucket, and every user may make more of them. Fails with reason `specification`. */
export const asBuckets = (
  namespaces: ReadonlyArray<NamespaceSpec>,
  users: ReadonlyArray<string>
): Effect.Effect<
  { readonly namespaces: ReadonlyArray<NamespaceSpec>; readonly users: ReadonlyArray<UserSpec> },
  SimulatorError
> =>
  Effect.map(Effect.forEach(users, parseUser), (parsed) => ({
    namespaces: namespaces.map((namespace) => ({ ...namespace, s3: true })),
    users: parsed.map((user) => ({ ...user, allowNamespaceManagement: true }))
  }))
