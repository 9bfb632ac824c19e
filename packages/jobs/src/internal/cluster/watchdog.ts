/**
 * Notices a runner that looks healthy and does not do its work: shards that it cannot let go, or manifests that were
 * sent and that nobody begins. What helps is to end the process; its supervisor starts another one.
 *
 * @internal
 */

/** What a runner sees when it looks. */
export interface Sight {
  /** In milliseconds, on a clock that only this runner reads. */
  readonly now: number
  readonly releasingShards: number
  /** Manifests that were sent, whose workflow is not over, and that nobody works on, by name. */
  readonly idle: ReadonlyArray<{ readonly name: string; readonly isOurs: boolean }>
}

const maxReleasing = 60_000

const maxIdle = 60_000

/** Those of shards that others have are theirs to notice, unless nobody has them. */
const maxIdleOfOthers = 180_000

/**
 * A look that comes so late does not know what happened since the one before: the process, or the database, stood
 * still.
 */
const maxGap = 20_000

/** @internal */
export class Watchdog {
  #last = Number.NEGATIVE_INFINITY
  #releasingSince: number | undefined
  #idleSince = new Map<string, number>()

  /** What is wrong with this runner, in words; `undefined` where nothing is. */
  look({ idle, now, releasingShards }: Sight): string | undefined {
    if (now - this.#last > maxGap) {
      this.#releasingSince = undefined
      this.#idleSince = new Map()
    }
    this.#last = now
    this.#releasingSince = releasingShards === 0 ? undefined : (this.#releasingSince ?? now)
    this.#idleSince = new Map(idle.map(({ name }) => [name, this.#idleSince.get(name) ?? now]))
    if (this.#releasingSince !== undefined && now - this.#releasingSince > maxReleasing) {
      return `${releasingShards} shards have not been let go for ${seconds(now - this.#releasingSince)}`
    }
    for (const { isOurs, name } of idle) {
      const waited = now - (this.#idleSince.get(name) ?? now)
      if (waited > (isOurs ? maxIdle : maxIdleOfOthers)) {
        return `manifest ${name} has waited for ${seconds(waited)}, and nobody works on it`
      }
    }
    return undefined
  }
}

const seconds = (millis: number): string => `${Math.round(millis / 1_000)} s`
