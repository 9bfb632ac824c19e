/**
 * Calls of the operating system about files and folders; they fail with a `LocalError`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { codeOf, fileProblem } from "../../internal/body/fileErrors.ts"
import { LocalError } from "../../LocalError.ts"

const toLocalError = (operation: string, file: string, error: unknown): LocalError => {
  const [reason, detail] = fileProblem(error)
  return new LocalError({ operation, file, reason, detail, code: codeOf(error) })
}

/** One call of the operating system. */
export const attempt = <A>(operation: string, file: string, run: () => Promise<A>): Effect.Effect<A, LocalError> =>
  Effect.tryPromise({ try: run, catch: (error) => toLocalError(operation, file, error) })

/** `undefined` where there is nothing. */
export const orAbsent = <A>(effect: Effect.Effect<A, LocalError>): Effect.Effect<A | undefined, LocalError> =>
  Effect.catchIf(
    effect,
    ({ code }) => code === "ENOENT",
    () => Effect.succeed(undefined)
  )
