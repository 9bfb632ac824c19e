/**
 * Settings of the management API as fields of a result: what is inside another one is named `outer.inner`.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Sdk } from "./management.ts"
import type { Column, Row, Value } from "./row.ts"

const scalar = (sdk: Sdk, value: unknown): Value | undefined => {
  if (value === null || Predicate.isString(value) || Predicate.isNumber(value) || Predicate.isBoolean(value)) {
    return value
  }
  if (sdk.Quota.isQuota(value)) return sdk.Quota.print(value)
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  return Redacted.isRedacted(value) ? "<redacted>" : undefined
}

const entriesOf = (sdk: Sdk, name: string, value: unknown): ReadonlyArray<readonly [string, Value]> => {
  if (value === undefined) return []
  const alone = scalar(sdk, value)
  if (alone !== undefined) return [[name, alone]]
  if (Array.isArray(value)) {
    const items = value.map((item) => scalar(sdk, item))
    return items.every((item) => item !== undefined)
      ? [[name, items.join(",")]]
      : value.flatMap((item, index) => entriesOf(sdk, `${name}.${index + 1}`, item))
  }
  if (!Predicate.isReadonlyObject(value)) return []
  return Object.entries(value).flatMap(([inner, each]) =>
    entriesOf(sdk, name === "" ? inner : `${name}.${inner}`, each)
  )
}

/** A resource as one result. What HCP did not tell is left out. */
export const rowOf = (sdk: Sdk, resource: object): Row => Object.fromEntries(entriesOf(sdk, "", resource))

/** The columns of one result: all that it has. */
export const columnsOf = (row: Row): ReadonlyArray<Column> => Object.keys(row).map((name) => ({ name }))
