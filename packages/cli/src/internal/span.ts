/**
 * Spans of time as people write them.
 *
 * @internal
 */
import * as Option from "effect/Option"

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * `90s`, `15m`, `12h`, `7d` in milliseconds. There is none without length: nothing lasts, or is waited for, no time.
 */
export const spanMillis = (text: string): Option.Option<number> => {
  const [, amount, unit = ""] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
  const seconds = units[unit]
  return amount === undefined || seconds === undefined ? Option.none() : Option.some(Number(amount) * seconds * 1000)
}
