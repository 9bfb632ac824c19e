/**
 * Names that are to be different.
 *
 * @internal
 */

/** The first one that is there a second time; `undefined` where all are different. */
export const firstTwice = (names: ReadonlyArray<string>): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index)
