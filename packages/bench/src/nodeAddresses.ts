/**
 * Where the many nodes of a large system are on this machine: addresses of 127/8 that nothing else of the bench uses.
 */

// Addresses whose last number is 0 or 255 look like those of networks.
const perRow = 250

/** The addresses of so many nodes. Those of a smaller system are the first ones of a larger one. */
export const nodeAddresses = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `127.90.${Math.floor(index / perRow)}.${(index % perRow) + 1}`)

/** A node that takes its time. */
export const slowAddress = "127.90.200.1"
