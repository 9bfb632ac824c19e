/**
 * What is stored: receipts with numbers, which can be asked for from any number on.
 */
import { Stream } from "effect"

export const count = 100

export const receipts = (from: number): Stream.Stream<number> =>
  from < count ? Stream.range(from, count - 1) : Stream.empty

export const pathOf = (number: number): string => `/receipts/2026/${number}.txt`

export const textOf = (number: number): string => `receipt ${number}\n`.repeat(4000)
