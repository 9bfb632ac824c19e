/**
 * Texts of several lines on one.
 *
 * @internal
 */

/**
 * The lines of a text with a blank between them, without the blanks around each.
 *
 * @internal
 */
export const oneLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ")
