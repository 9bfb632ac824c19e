/**
 * Figures and times for people.
 *
 * @internal
 */

const units = ["B", "KB", "MB", "GB", "TB", "PB"]

/** `5.0 MB`; steps of 1,000, as disks are sold. */
export const bytes = (count: number | undefined): string => {
  if (count === undefined) return ""
  let value = count
  let unit = 0
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** `12,345`. */
export const count = (value: number | undefined): string => (value === undefined ? "" : value.toLocaleString("en"))

/** `1 entry`, `12,345 entries`. */
export const counted = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `2026-11-29 14:05:07`, of this computer's time zone. */
export const time = (at: string | number | undefined): string => {
  if (at === undefined) return ""
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return String(at)
  const two = (value: number) => String(value).padStart(2, "0")
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `0.4 ms`, `12 ms`, `3.1 s`. */
export const millis = (value: number): string =>
  value < 9.95 ? `${value.toFixed(1)} ms` : value < 999.5 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`

/** The bytes of a quota such as `50.00 GB`. */
export const quotaBytes = (quota: string | undefined): number | undefined => {
  const [, value = "", unit = "B"] = /^([\d.]+)\s*([KMGTP]?B)$/i.exec(quota ?? "") ?? []
  const power = units.indexOf(unit.toUpperCase())
  return value === "" || power < 0 ? undefined : Number(value) * 1000 ** power
}
