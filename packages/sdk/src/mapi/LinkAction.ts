/**
 * What can be done to a replication link, and to which type of link: a wrong pair does not compile, and is refused at
 * run time where it comes from data.
 *
 * **Example** (actions and links)
 *
 * ```ts
 * import { LinkAction, Replication } from "@effect-hcp/sdk/mapi"
 *
 * const back = Replication.perform({ name: "east-west", type: "ACTIVE_ACTIVE" }, LinkAction.failBack)
 * // does not compile: only an active/passive link is recovered
 * // Replication.perform({ name: "east-west", type: "ACTIVE_ACTIVE" }, LinkAction.beginRecovery)
 *
 * LinkAction.fromData("failBack", "OUTBOUND") // Failure: InvalidInput
 * ```
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as Types from "effect/Types"
import { InvalidInput } from "../WireReason.ts"

/**
 * The types of links: active/active, and the two sides of an active/passive one, as seen from the system that is asked.
 *
 * @category models
 * @since 0.1.0
 */
export type LinkType = "ACTIVE_ACTIVE" | "OUTBOUND" | "INBOUND"

/**
 * The two sides of an active/passive link.
 *
 * @category models
 * @since 0.1.0
 */
export type ActivePassive = "OUTBOUND" | "INBOUND"

/**
 * The names of the actions, as they are sent. Recovery begins by two names, see {@link beginRecover}.
 *
 * @category models
 * @since 0.1.0
 */
export type Name =
  | "suspend"
  | "resume"
  | "restore"
  | "failOver"
  | "failBack"
  | "beginRecovery"
  | "beginRecover"
  | "completeRecovery"

/**
 * An action, and the types of links it suits. One for several types can be used where one for a single type is asked
 * for.
 *
 * @category models
 * @since 0.1.0
 */
export interface LinkAction<in T extends LinkType> {
  readonly name: Name
  readonly suits: ReadonlyArray<LinkType>
  /** Only for the compiler; never there. */
  readonly "~suits"?: Types.Contravariant<T> | undefined
}

const linkTypes: ReadonlyArray<LinkType> = ["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"]

const forAny = (name: Name): LinkAction<LinkType> => ({ name, suits: linkTypes })
const forActivePassive = (name: Name): LinkAction<ActivePassive> => ({ name, suits: ["OUTBOUND", "INBOUND"] })

/**
 * Stops replication on a link.
 *
 * @category constructors
 * @since 0.1.0
 */
export const suspend: LinkAction<LinkType> = forAny("suspend")

/**
 * Lets a suspended link replicate again.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resume: LinkAction<LinkType> = forAny("resume")

/**
 * Restores a link that is lost on the remote system.
 *
 * @category constructors
 * @since 0.1.0
 */
export const restore: LinkAction<LinkType> = forAny("restore")

/**
 * Fails a link over. To be sent to the system that shall take over.
 *
 * @category constructors
 * @since 0.1.0
 */
export const failOver: LinkAction<LinkType> = forAny("failOver")

/**
 * Fails an active/active link back.
 *
 * @category constructors
 * @since 0.1.0
 */
export const failBack: LinkAction<"ACTIVE_ACTIVE"> = { name: "failBack", suits: ["ACTIVE_ACTIVE"] }

/**
 * Begins the recovery of an active/passive link that was failed over.
 *
 * HCP ignores parameters it does not know and answers 200 all the same: look at the link's status afterwards, and try
 * {@link beginRecover} if nothing has changed.
 *
 * @category constructors
 * @since 0.1.0
 */
export const beginRecovery: LinkAction<ActivePassive> = forActivePassive("beginRecovery")

/**
 * {@link beginRecovery} by the name that the manuals of HCP 9 give it; the manual of 2015 and earlier clients say
 * `beginRecovery`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const beginRecover: LinkAction<ActivePassive> = forActivePassive("beginRecover")

/**
 * Completes the recovery of an active/passive link.
 *
 * @category constructors
 * @since 0.1.0
 */
export const completeRecovery: LinkAction<ActivePassive> = forActivePassive("completeRecovery")

/**
 * All actions. An action that suits who knows what is a `LinkAction<never>`: {@link isFor} tells for which links it can
 * be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const all: ReadonlyArray<LinkAction<never>> = [
  suspend,
  resume,
  restore,
  failOver,
  failBack,
  beginRecovery,
  beginRecover,
  completeRecovery
]

/**
 * Whether a text is a type of link.
 *
 * @category guards
 * @since 0.1.0
 */
export const isLinkType = (text: string): text is LinkType => linkTypes.some((type) => type === text)

/**
 * Whether an action suits links of a type.
 *
 * @category guards
 * @since 0.1.0
 */
export const isFor = <T extends LinkType>(action: LinkAction<never>, type: T): action is LinkAction<T> =>
  action.suits.includes(type)

/**
 * Whether an action suits links of all types, so that the type need not be known.
 *
 * @category guards
 * @since 0.1.0
 */
export const isForAll = (action: LinkAction<never>): action is LinkAction<LinkType> =>
  linkTypes.every((type) => action.suits.includes(type))

/**
 * The action of this name, and with `type` only if it suits links of that type: for what comes from a command line or a
 * link that was read. Types are taken in any letter case, as HCP does.
 *
 * Fails with `InvalidInput`, field `action` or `type`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromData = (name: string, type?: string | undefined): Result.Result<LinkAction<never>, InvalidInput> => {
  const action = all.find((each) => each.name === name)
  if (action === undefined) return bad("action", `"${name}" is none; it is ${all.map((each) => each.name).join(", ")}`)
  if (type === undefined) return Result.succeed(action)
  const upper = type.toUpperCase()
  if (!isLinkType(upper)) return bad("type", `"${type}" is none; it is ${linkTypes.join(", ")}`)
  return isFor(action, upper)
    ? Result.succeed(action)
    : bad("action", `${name} is for ${action.suits.join(" and ")} links, and this one is ${upper}`)
}

const bad = (field: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field, detail }))
