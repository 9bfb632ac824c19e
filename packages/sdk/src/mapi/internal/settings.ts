/**
 * Settings of a tenant or a namespace: resources that are always there, so that they are only read and modified.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { HcpError } from "../../HcpError.ts"
import type { Pairs } from "../../HcpRequest.ts"
import type { InTenant } from "../CallOptions.ts"
import type { Field } from "../Field.ts"
import type { Mapi } from "../Mapi.ts"
import { modify, read } from "./call.ts"
import type { Resource } from "./resource.ts"

interface Options {
  /** The root element of an XML body. Defaults to the name of the resource. */
  readonly root?: string | undefined
  /** The query of a read. Defaults to none. */
  readonly query?: Pairs | undefined
}

/** Settings of a tenant. */
export interface OfTenant<A> {
  readonly get: (options?: InTenant) => Effect.Effect<A, HcpError, Mapi>
  readonly modify: (changes: A, options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

/** Settings of a namespace. */
export interface OfNamespace<A> {
  readonly get: (namespace: string, options?: InTenant) => Effect.Effect<A, HcpError, Mapi>
  readonly modify: (namespace: string, changes: A, options?: InTenant) => Effect.Effect<void, HcpError, Mapi>
}

const resourceAt = <Path extends string, A>(path: Path, root: string, codec: Field<A>): Resource<Path, A> => ({
  path,
  root,
  format: "json",
  read: codec,
  write: codec
})

/** The settings with this name below a tenant. */
export const ofTenant = <A>(name: string, codec: Field<A>, options: Options = {}): OfTenant<A> => {
  const path: `/tenants/{tenant}/${string}` = `/tenants/{tenant}/${name}`
  const resource = resourceAt(path, options.root ?? name, codec)
  return {
    get: (place) => read(resource, { tenant: place?.tenant }, options.query),
    modify: (changes, place) => modify(resource, { tenant: place?.tenant }, changes)
  }
}

/** The settings with this name below a namespace. */
export const ofNamespace = <A>(name: string, codec: Field<A>, options: Options = {}): OfNamespace<A> => {
  const path: `/tenants/{tenant}/namespaces/{namespace}/${string}` = `/tenants/{tenant}/namespaces/{namespace}/${name}`
  const resource = resourceAt(path, options.root ?? name, codec)
  return {
    get: (namespace, place) => read(resource, { tenant: place?.tenant, namespace }, options.query),
    modify: (namespace, changes, place) => modify(resource, { tenant: place?.tenant, namespace }, changes)
  }
}
