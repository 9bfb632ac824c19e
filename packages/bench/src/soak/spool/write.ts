/**
 * What is written in the rounds of the spool: each body says which write it is, so that it can be told at the end.
 */

/** One write. Those of a path come in the order of rounds and numbers. */
export interface Write {
  readonly path: string
  readonly round: number
  readonly number: number
}

const inFile = "x".repeat(70_000)

/** The body. Every seventh is too long for a row of the database. */
export const bodyOf = ({ number, round }: Write): string =>
  `round ${round} write ${number} ${number % 7 === 0 ? inFile : "x".repeat(number % 97)}`

/** Which write a body is of; nothing for one that is not whole. */
export const writeOf = (path: string, body: string): Write | undefined => {
  const [, round, number] = /^round (\d+) write (\d+) /.exec(body) ?? []
  const write = { path, round: Number(round), number: Number(number) }
  return body === bodyOf(write) ? write : undefined
}

/** As a line of a process that says what it did. */
export const lineOf = ({ number, path, round }: Write): string => `${path} ${round} ${number}`

export const ofLine = (line: string): Write => {
  const [path = "", round, number] = line.split(" ")
  return { path, round: Number(round), number: Number(number) }
}

/** What a process does until it is killed: it writes while it is drained, it only writes, or it is only drained. */
export type Work = "write" | "fill" | "drain"
