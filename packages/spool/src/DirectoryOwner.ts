/**
 * Which process has a directory of its own: a note beside the lock, for those whom the lock refuses. This module serves
 * the packages of effect-hcp and may change with every release.
 *
 * @since 0.1.0
 */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/**
 * A process.
 *
 * @category models
 * @since 0.1.0
 */
export interface Owner {
  readonly pid: number
  readonly host: string
}

const fileIn = (directory: string): string => path.join(directory, "owner.json")

/**
 * Notes that this process has the directory. To be called when it has the lock. Fails with the error of the operating
 * system.
 *
 * @category combinators
 * @since 0.1.0
 */
export const write = (directory: string): Effect.Effect<void, unknown> =>
  Effect.tryPromise({
    try: () =>
      fs.writeFile(fileIn(directory), JSON.stringify({ pid: process.pid, host: os.hostname() }), { mode: 0o600 }),
    catch: (error) => error
  })

/**
 * Who has the directory, as far as it said so. The note is written after the lock was taken, so for a moment it names
 * the process before.
 *
 * @category combinators
 * @since 0.1.0
 */
export const read = (directory: string): Effect.Effect<Owner | undefined> =>
  Effect.tryPromise(async () => JSON.parse(await fs.readFile(fileIn(directory), "utf8"))).pipe(
    Effect.map((found: unknown) =>
      Predicate.hasProperty(found, "pid") &&
      Predicate.isNumber(found.pid) &&
      Predicate.hasProperty(found, "host") &&
      Predicate.isString(found.host)
        ? { pid: found.pid, host: found.host }
        : undefined
    ),
    Effect.orElseSucceed(() => undefined)
  )
