/**
 * Copies what happens on one system to the others: asynchronous, in order, with a lag that can be set while it runs.
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { HcpSystem } from "./HcpSystem.ts"

export interface LinkOptions {
  readonly lag?: Duration.Input | undefined
  readonly mode?: "activeActive" | "activePassive" | undefined
}

export interface LinkState {
  readonly mode: "activeActive" | "activePassive"
  readonly lagMillis: number
  readonly suspended: boolean
  readonly pending: ReadonlyArray<{ readonly from: string; readonly to: string; readonly changes: number }>
}

export interface ReplicationLink {
  readonly settled: Effect.Effect<void>
  readonly setLag: (lag: Duration.Input) => Effect.Effect<void>
  readonly suspend: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  readonly state: Effect.Effect<LinkState>
}

export const link = (
  _systems: Arr.NonEmptyReadonlyArray<HcpSystem>,
  _options?: LinkOptions
): Effect.Effect<ReplicationLink, never, Scope.Scope> => Effect.die("unfinished")
