/**
 * Settings of a tenant or a namespace: resources that are always there, so that they are only read and modified.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Pairs } from "../../HcpRequest.ts"
import type { Field } from "../Field.ts"
import { Mask, type MaskPermission } from "../Permission.ts"
import type { OfNamespace, OfTenant } from "../Settings.ts"
import { modify, read } from "./call.ts"
import { inTenant } from "./optionKinds.ts"
import type { Resource } from "./resource.ts"

interface Options {
  /** The root element of an XML body. Defaults to the name of the resource. */
  readonly root?: string | undefined
  /** The query of a read. Defaults to none. */
  readonly query?: Pairs | undefined
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
    get: (place) => read(resource, inTenant(place), options.query),
    modify: (changes, place) => modify(resource, inTenant(place), changes)
  }
}

/** The settings with this name below a namespace. */
export const ofNamespace = <A>(name: string, codec: Field<A>, options: Options = {}): OfNamespace<A> => {
  const path: `/tenants/{tenant}/namespaces/{namespace}/${string}` = `/tenants/{tenant}/namespaces/{namespace}/${name}`
  const resource = resourceAt(path, options.root ?? name, codec)
  return {
    get: (namespace, place) => read(resource, { ...inTenant(place), namespace }, options.query),
    modify: (namespace, changes, place) => modify(resource, { ...inTenant(place), namespace }, changes)
  }
}

type Permissions = ReadonlyArray<MaskPermission>

/** The mask of a tenant: a list that is a field of its own resource. */
export const maskOfTenant = (): OfTenant<Permissions> => {
  const mask = ofTenant("permissions", Mask)
  return {
    get: (place) => Effect.map(mask.get(place), ({ permission }) => permission ?? []),
    modify: (permission, place) => mask.modify({ permission }, place)
  }
}

/** The mask of a namespace. */
export const maskOfNamespace = (): OfNamespace<Permissions> => {
  const mask = ofNamespace("permissions", Mask)
  return {
    get: (namespace, place) => Effect.map(mask.get(namespace, place), ({ permission }) => permission ?? []),
    modify: (namespace, permission, place) => mask.modify(namespace, { permission }, place)
  }
}
