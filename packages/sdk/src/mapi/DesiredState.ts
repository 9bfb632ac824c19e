/**
 * Desired state: tenants, namespaces, users, groups, permissions, retention classes and CORS as a document, compared
 * with what there is, and made so. Only what differs is changed, so that a second time changes nothing; nothing is
 * deleted unless that is asked for.
 *
 * Works at `admin.<domain>` for a whole system, and at a tenant's host for that tenant. What the user may not see or
 * change fails with `Forbidden`, before anything is changed where it can be known.
 *
 * **Example** (a document, the difference, and the changes)
 *
 * ```ts
 * import { Console, Effect, Redacted, Stream } from "effect"
 * import { DesiredState } from "@effect-hcp/sdk/mapi"
 *
 * const program = (text: string) =>
 *   Effect.gen(function* () {
 *     const state = yield* Effect.fromResult(DesiredState.parse(text))
 *     const plan = yield* DesiredState.plan(state)
 *     const secret = () => Effect.succeed(Redacted.make("Start-12345"))
 *     yield* Stream.runForEach(DesiredState.apply(plan, { secret }), ({ action, path }) =>
 *       Console.log(action, path)
 *     )
 *   })
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { HcpError } from "../HcpError.ts"
import { effectOf, type Kind, type KindsOf } from "../OptionCheck.ts"
import { checkOptions, given } from "./internal/open.ts"
import { object } from "./internal/optionKinds.ts"
import { makePlanner } from "./internal/state/changes.ts"
import { readState } from "./internal/state/read.ts"
import { planTenantDeletions, planTenants } from "./internal/state/tenants.ts"
import type { Mapi } from "./Mapi.ts"
import type { SecretReference, State } from "./StateDocument.ts"
import type { Change, Plan, PlanOptions, SecretOf } from "./StatePlan.ts"

export * from "./StateDocument.ts"
export type * from "./StatePlan.ts"

/**
 * What an export has, and what it could not have.
 *
 * @category models
 * @since 0.1.0
 */
export interface Exported {
  readonly state: State
  /** What this user may not see, or what this HCP does not have: its path and why. */
  readonly omitted: ReadonlyArray<{ readonly path: string; readonly reason: string }>
}

/**
 * Which tenants are exported.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExportOptions {
  /** Defaults to all; at a tenant's host to that one. */
  readonly tenants?: ReadonlyArray<string> | undefined
}

/**
 * Everything there is as a state, in an order that does not depend on HCP. HCP tells no password: each user, one of
 * RADIUS too, has a reference to a variable of the environment, named after tenant and user, where one is found when
 * the user is created.
 *
 * @category combinators
 * @since 0.1.0
 */
export const read = (options: ExportOptions = {}): Effect.Effect<Exported, HcpError, Mapi> =>
  Effect.andThen(
    checkOptions("GET", "/tenants", options, readKinds),
    Effect.suspend(() => readState(options.tenants))
  )

// The compiler says here which option has no kind.
const readKinds: KindsOf<ExportOptions> = { tenants: { list: "text" } }
const planKinds: KindsOf<PlanOptions> = { prune: "flag", pruneTenants: "flag" }

/**
 * What has to be changed so that everything is as a state says. Reads, and changes nothing. Fails with `InvalidInput`,
 * its field the path in the state, for what HCP would refuse: a namespace that is to be created with what nothing can
 * change later, a user without a password, a reference to what is not there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const plan = (state: State, options: PlanOptions = {}): Effect.Effect<Plan, HcpError, Mapi> =>
  given("plan", "/tenants", { state: [state, object] }, () =>
    Effect.gen(function* () {
      yield* checkOptions("plan", "/tenants", options, planKinds)
      const planner = makePlanner()
      yield* planTenants(planner, state)
      const inside = [...planner.revocations, ...planner.deletions.reverse()]
      if (options.pruneTenants === true) yield* planTenantDeletions(planner, state)
      // The tenants themselves come last.
      const whole = planner.tenants.reverse()
      return options.prune === true
        ? { changes: [...planner.changes, ...inside, ...whole], withheld: [] }
        : { changes: [...planner.changes, ...whole], withheld: inside }
    })
  )

/**
 * How a plan is carried out.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApplyOptions<E = never, R = never> {
  /** Finds a secret. All that are needed are found before anything is changed. */
  readonly secret: (reference: SecretReference) => Effect.Effect<Redacted.Redacted<string>, E, R>
}

const aPlan: Kind = {
  is: (value) =>
    Predicate.hasProperty(value, "changes") &&
    Array.isArray(value.changes) &&
    value.changes.every(
      (change) => Predicate.hasProperty(change, "perform") && Predicate.hasProperty(change, "secrets")
    ),
  wanted: "what DesiredState.plan gives"
}

const applyKind: Kind = { fields: { secret: "function" }, required: ["secret"] }

const keyOf = (reference: SecretReference): string => JSON.stringify(reference)

/**
 * Makes the changes of a plan, one after another, and gives each when it is made. The first that fails ends it; what
 * was made stays, and a new plan goes on from there.
 *
 * @category combinators
 * @since 0.1.0
 */
export const apply = <E = never, R = never>(
  plan: Plan,
  options: ApplyOptions<E, R>
): Stream.Stream<Change, HcpError | E, Mapi | R> =>
  Stream.unwrap(
    Effect.gen(function* () {
      yield* given("apply", "/tenants", { plan: [plan, aPlan], options: [options, applyKind] }, () => Effect.void)
      const { changes } = plan
      const found = new Map<string, Redacted.Redacted<string>>()
      for (const reference of changes.flatMap(({ secrets }) => secrets)) {
        const key = keyOf(reference)
        if (!found.has(key)) found.set(key, yield* effectOf("secret", options.secret(reference)))
      }
      // A reference that is not among them is none of the plan's.
      const secretOf: SecretOf = (reference) => found.get(keyOf(reference)) ?? Redacted.make("")
      return Stream.mapEffect(Stream.fromIterable(changes), (change) => Effect.as(change.perform(secretOf), change))
    })
  )
