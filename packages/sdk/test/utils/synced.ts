/**
 * Which files and folders a program waits for until the disk has them. Only on Linux, which tells what is behind a
 * handle.
 */
import * as fs from "node:fs"
import { open } from "node:fs/promises"
import * as Effect from "effect/Effect"

/** What was waited for while an effect ran, and what was in it by then: its text, or its names. */
export const synced = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<ReadonlyArray<readonly [place: string, contents: string]>, E, R> =>
  Effect.acquireUseRelease(
    Effect.promise(async () => {
      const handle = await open(".", "r")
      await handle.close()
      const prototype: typeof handle = Object.getPrototypeOf(handle)
      const seen: Array<readonly [string, string]> = []
      const { sync } = prototype
      prototype.sync = function () {
        const place = fs.readlinkSync(`/proc/self/fd/${this.fd}`)
        const isFolder = fs.statSync(place).isDirectory()
        seen.push([place, isFolder ? fs.readdirSync(place).sort().join() : fs.readFileSync(place, "utf8")])
        return sync.call(this)
      }
      return { prototype, seen, sync }
    }),
    ({ seen }) => Effect.as(effect, seen),
    ({ prototype, sync }) =>
      Effect.sync(() => {
        prototype.sync = sync
      })
  )
