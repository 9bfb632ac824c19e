/**
 * Files of variables: `NAME=value` on each line, `#` before a comment, quotes around a value that needs them.
 *
 * @internal
 */

/** The variables, or what is wrong with a line. */
export const parse = (text: string): Readonly<Record<string, string>> | string => {
  const variables: Record<string, string> = {}
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue
    const [, name, value] = /^\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined || value === undefined) return `line ${index + 1} is no NAME=value`
    const unquoted = unquote(value)
    if (unquoted === undefined) return `line ${index + 1}: a quote is not closed`
    variables[name] = unquoted
  }
  return variables
}

const unquote = (value: string): string | undefined => {
  if (!value.startsWith('"')) return value
  if (value.length < 2 || !value.endsWith('"')) return undefined
  return value.slice(1, -1).replace(/\\(["\\])/g, "$1")
}

/** The text of the file. */
export const print = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join("")

const quote = (value: string): string =>
  /^[^\s"#\\]+$/.test(value) ? value : `"${value.replace(/["\\]/g, (sign) => `\\${sign}`)}"`
