/**
 * Retention classes of a namespace: retention by name. For users with the compliance role.
 *
 * @since 0.1.0
 */

import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import type { HcpError } from "../HcpError.ts"
import type { Ensured, InTenant } from "./CallOptions.ts"
import type { With } from "./Field.ts"
import * as call from "./internal/call.ts"
import * as ensuring from "./internal/ensure.ts"
import * as fields from "./internal/fields.ts"
import { creating } from "./internal/open.ts"
import { inTenant } from "./internal/optionKinds.ts"
import { names } from "./internal/resource.ts"
import type { Mapi } from "./Mapi.ts"

/**
 * A retention class. Every field may be absent when read.
 *
 * @category models
 * @since 0.1.0
 */
export const RetentionClass = fields.struct({
  /** 1 to 64 letters, digits, `-` and `_`. */
  name: fields.text({
    min: 1,
    max: 64,
    pattern: { form: /^[\p{L}\p{N}_-]+$/u, says: "must be letters, digits, - and _" }
  }),
  /**
   * `0`, `-1` (never deleted), `-2` (not specified yet), or an offset such as `A+7y`, which is what
   * `Retention.print(Retention.years(7))` gives.
   */
  value: fields.text({
    pattern: {
      form: /^(?:0|-1|-2|A(?:[+-]?\d{1,4}[yMwdhms])+)$/,
      says: "must be 0, -1, -2 or an offset: A and numbers of y, M, w, d, h, m, s, e.g. A+7y"
    }
  }),
  description: fields.text({ max: 1024 }),
  /** Whether objects go by themselves when their retention ends; an offset needs it. */
  allowDisposition: fields.bool
})

/**
 * A retention class.
 *
 * @category models
 * @since 0.1.0
 */
export type RetentionClass = typeof RetentionClass.Type

const check = ({ allowDisposition, value }: fields.Written): readonly [string, string] | undefined =>
  typeof value === "string" && value.startsWith("A") && allowDisposition === undefined
    ? ["allowDisposition", "is missing; it goes with an offset"]
    : undefined

/**
 * What a retention class is created with.
 *
 * @category models
 * @since 0.1.0
 */
export const NewRetentionClass = fields.struct(RetentionClass.fields, { required: ["name", "value"], check })

/**
 * What a retention class is created with; an offset needs `allowDisposition`.
 *
 * @category models
 * @since 0.1.0
 */
export type NewRetentionClass = With<RetentionClass, "name" | "value">

const all = "/tenants/{tenant}/namespaces/{namespace}/retentionClasses" as const
const one = `${all}/{retentionClass}` as const
const resource = {
  path: one,
  root: "retentionClass",
  format: "json",
  read: RetentionClass,
  write: fields.struct(Struct.omit(RetentionClass.fields, ["name"]))
} as const

const at = (namespace: string, options: InTenant | undefined) => ({ ...inTenant(options), namespace })

/**
 * The names of a namespace's retention classes.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (namespace: string, options?: InTenant): Stream.Stream<string, HcpError, Mapi> =>
  call.list(names(all), at(namespace, options))

/**
 * One retention class. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (
  namespace: string,
  retentionClass: string,
  options?: InTenant
): Effect.Effect<RetentionClass, HcpError, Mapi> =>
  call.read(resource, { ...at(namespace, options), retentionClass }, { verbose: "true" })

/**
 * Whether there is such a retention class.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (
  namespace: string,
  retentionClass: string,
  options?: InTenant
): Effect.Effect<boolean, HcpError, Mapi> => call.exists(one, { ...at(namespace, options), retentionClass })

const look = (namespace: string, name: string, options: InTenant | undefined) =>
  call.readIfThere(resource, { ...at(namespace, options), retentionClass: name }, { verbose: "true" })

const withoutName = ({ name: _, ...rest }: NewRetentionClass) => rest

/**
 * Creates a retention class. Fails with `AlreadyExists`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (
  namespace: string,
  input: NewRetentionClass,
  options?: InTenant
): Effect.Effect<void, HcpError, Mapi> =>
  creating(all, input, () =>
    call.create(
      all,
      at(namespace, options),
      { root: "retentionClass", format: "json", write: NewRetentionClass },
      {
        input,
        what: `retention class "${input.name}"`,
        reconcile: ensuring.isAsWanted(withoutName(input), look(namespace, input.name, options))
      }
    )
  )

/**
 * Changes what is given. In a namespace in compliance mode a retention class can only be made longer.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  namespace: string,
  retentionClass: string,
  changes: Omit<RetentionClass, "name">,
  options?: InTenant
): Effect.Effect<void, HcpError, Mapi> => call.modify(resource, { ...at(namespace, options), retentionClass }, changes)

/**
 * Deletes a retention class. Fails with `Forbidden` in a namespace in compliance mode.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (namespace: string, retentionClass: string, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.remove(one, { ...at(namespace, options), retentionClass })

export { delete_ as delete }

/**
 * Makes a retention class as it should be: creates it, or changes what differs.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (
  namespace: string,
  input: NewRetentionClass,
  options?: InTenant
): Effect.Effect<Ensured, HcpError, Mapi> =>
  creating(all, input, () =>
    ensuring.ensure({
      look: look(namespace, input.name, options),
      create: create(namespace, input, options),
      change: ensuring.changing(withoutName(input), (changes) => modify(namespace, input.name, changes, options))
    })
  )
