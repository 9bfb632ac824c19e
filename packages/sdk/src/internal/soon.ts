/**
 * One step later.
 *
 * @internal
 */

const settled = Promise.resolve()

/**
 * Runs a function a microtask later; of the ways to do so it is the one that costs least. A fiber that went on inside
 * of a connection's own step could begin another exchange in the middle of it.
 */
export const soon = (run: () => void): void => {
  settled.then(run)
}
