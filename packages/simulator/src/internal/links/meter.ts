/**
 * Counts what a link has carried, in all and per second of the last minute.
 *
 * @internal
 */

/** @internal */
interface Amount {
  readonly objects: number
  readonly bytes: number
  readonly operations: number
  readonly errors: number
}

/** @internal */
export interface Meter {
  readonly add: (millis: number, amount: Partial<Amount>) => void
  readonly total: () => Amount
  /** Per second, over the minute that ends at `millis`. */
  readonly rate: (millis: number) => Amount
}

const nothing: Amount = { objects: 0, bytes: 0, operations: 0, errors: 0 }

const sum = (a: Amount, b: Partial<Amount>): Amount => ({
  objects: a.objects + (b.objects ?? 0),
  bytes: a.bytes + (b.bytes ?? 0),
  operations: a.operations + (b.operations ?? 0),
  errors: a.errors + (b.errors ?? 0)
})

const windowSeconds = 60

/** @internal */
export const make = (): Meter => {
  let total = nothing
  /** By second since 1970, oldest first. */
  const recent = new Map<number, Amount>()
  const forgetBefore = (second: number): void => {
    for (const key of recent.keys()) {
      if (key > second - windowSeconds) return
      recent.delete(key)
    }
  }
  return {
    add: (millis, amount) => {
      const second = Math.floor(millis / 1000)
      forgetBefore(second)
      recent.set(second, sum(recent.get(second) ?? nothing, amount))
      total = sum(total, amount)
    },
    total: () => total,
    rate: (millis) => {
      forgetBefore(Math.floor(millis / 1000))
      const { bytes, errors, objects, operations } = [...recent.values()].reduce((all, part) => sum(all, part), nothing)
      return {
        objects: objects / windowSeconds,
        bytes: bytes / windowSeconds,
        operations: operations / windowSeconds,
        errors: errors / windowSeconds
      }
    }
  }
}
