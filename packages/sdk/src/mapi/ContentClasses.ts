/**
 * Content classes of a tenant: which parts of annotations can be searched as fields. For tenants with search.
 *
 * @since 0.1.0
 */

import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
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
 * A field that is taken from annotations.
 *
 * @category models
 * @since 0.1.0
 */
export const ContentProperty = fields.struct(
  {
    /** 1 to 25 letters, digits and `_`. */
    name: fields.text({
      min: 1,
      max: 25,
      pattern: { form: /^[A-Za-z0-9_]+$/, says: "must be letters, digits and _" }
    }),
    /** An XPath expression, for one annotation alone with `@annotation:` before it. */
    expression: fields.text({ min: 1 }),
    type: fields.oneOf(["BOOLEAN", "DATE", "FLOAT", "FULLTEXT", "INTEGER", "STRING"]),
    multivalued: fields.bool,
    /** How dates or numbers are written. */
    format: fields.text()
  },
  { required: ["name", "expression", "type"] }
)

/**
 * A content class. Every field may be absent when read.
 *
 * @category models
 * @since 0.1.0
 */
export const ContentClass = fields.struct({
  name: fields.text({ min: 1, max: 64 }),
  contentProperties: fields.list("contentProperty", ContentProperty),
  /** The namespaces it applies to. */
  namespaces: fields.list("name", fields.text({ min: 1, max: 63 }))
})

/**
 * A content class.
 *
 * @category models
 * @since 0.1.0
 */
export type ContentClass = typeof ContentClass.Type

/**
 * What a content class is created with.
 *
 * @category models
 * @since 0.1.0
 */
export const NewContentClass = fields.struct(ContentClass.fields, { required: ["name"] })

/**
 * What a content class is created with.
 *
 * @category models
 * @since 0.1.0
 */
export type NewContentClass = With<ContentClass, "name">

const all = "/tenants/{tenant}/contentClasses" as const
const one = `${all}/{contentClass}` as const
const resource = { path: one, root: "contentClass", format: "json", read: ContentClass, write: ContentClass } as const

const at = (options: InTenant | undefined) => inTenant(options)

/**
 * The names of a tenant's content classes.
 *
 * @category combinators
 * @since 0.1.0
 */
export const list = (options?: InTenant): Stream.Stream<string, HcpError, Mapi> => call.list(names(all), at(options))

/**
 * One content class. Fails with `NotFound`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const get = (contentClass: string, options?: InTenant): Effect.Effect<ContentClass, HcpError, Mapi> =>
  call.read(resource, { ...at(options), contentClass }, { verbose: "true" })

/**
 * Whether there is such a content class.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exists = (contentClass: string, options?: InTenant): Effect.Effect<boolean, HcpError, Mapi> =>
  call.exists(one, { ...at(options), contentClass })

const look = (contentClass: string, options: InTenant | undefined) =>
  call.readIfThere(resource, { ...at(options), contentClass }, { verbose: "true" })

const withoutName = ({ name: _, ...rest }: NewContentClass) => rest

/**
 * Creates a content class. Fails with `AlreadyExists`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const create = (input: NewContentClass, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  creating(all, input, () =>
    call.create(
      all,
      at(options),
      { root: "contentClass", format: "json", write: NewContentClass },
      {
        input,
        what: `content class "${input.name}"`,
        reconcile: ensuring.isAsWanted(withoutName(input), look(input.name, options))
      }
    )
  )

/**
 * Changes what is given; lists replace those there are.
 *
 * @category combinators
 * @since 0.1.0
 */
export const modify = (
  contentClass: string,
  changes: ContentClass,
  options?: InTenant
): Effect.Effect<void, HcpError, Mapi> => call.modify(resource, { ...at(options), contentClass }, changes)

/**
 * Deletes a content class. Fails with `Forbidden` while it has properties.
 *
 * @category combinators
 * @since 0.1.0
 */
const delete_ = (contentClass: string, options?: InTenant): Effect.Effect<void, HcpError, Mapi> =>
  call.remove(one, { ...at(options), contentClass })

export { delete_ as delete }

/**
 * Makes a content class as it should be: creates it, or changes what differs.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ensure = (input: NewContentClass, options?: InTenant): Effect.Effect<Ensured, HcpError, Mapi> =>
  creating(all, input, () =>
    ensuring.ensure({
      look: look(input.name, options),
      create: create(input, options),
      change: ensuring.changing(withoutName(input), (changes) => modify(input.name, changes, options))
    })
  )
