/**
 * The bound on the directories of a tree that wait for their turn: a tree without end would take all memory.
 *
 * @internal
 */
import { HcpError } from "../../HcpError.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"

/** How many may wait where nobody says otherwise. Their paths take some hundred bytes each. */
export const maxPending = 1_000_000

/** The error of a tree with more directories than may wait. */
export const tooManyPending = (path: string, maxPending: number): HcpError =>
  new HcpError({
    operation: "GET",
    path,
    reached: "answer",
    reason: new UnexpectedAnswer({
      detail:
        `more than ${maxPending} directories wait for their turn (maxPending); ` +
        "raise it if the tree has an end, or walk parts of it"
    })
  })
