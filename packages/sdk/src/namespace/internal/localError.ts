/**
 * Calls of the operating system about files and folders; they fail with a `LocalError`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { codeOf, fileProblem } from "../../internal/body/fileErrors.ts"
import { LocalError } from "../../LocalError.ts"
import { type Kinds, problemOf } from "../../OptionCheck.ts"

const toLocalError = (operation: string, file: string, error: unknown): LocalError => {
  const [reason, detail] = fileProblem(error)
  return new LocalError({ operation, file, reason, detail, code: codeOf(error) })
}

/** One call of the operating system. */
export const attempt = <A>(operation: string, file: string, run: () => Promise<A>): Effect.Effect<A, LocalError> =>
  Effect.tryPromise({ try: run, catch: (error) => toLocalError(operation, file, error) })

/** What calls back with an answer of the operating system. */
type Callback<A> = (error: Error | null, answer: A) => void

/**
 * One call of the operating system; `undefined` where there is nothing. It calls back: most files are not there when
 * they are looked for, and a promise that is rejected costs more than the look.
 */
export const orAbsent = <A>(
  operation: string,
  file: string,
  run: (callback: Callback<A>) => void
): Effect.Effect<A | undefined, LocalError> =>
  Effect.callback((resume) => {
    const fail = (error: unknown) => resume(Effect.fail(toLocalError(operation, file, error)))
    // Node throws at once where it is no path.
    const asked = Result.try(() =>
      run((error, answer) => {
        if (error === null) resume(Effect.succeed(answer))
        else if (codeOf(error) === "ENOENT") resume(Effect.undefined)
        else fail(error)
      })
    )
    if (Result.isFailure(asked)) fail(asked.failure)
  })

/** What is wrong with the options of something that writes a file; `undefined` for nothing. */
export const badOption = (
  file: string,
  options: unknown,
  kinds: Kinds,
  required?: ReadonlyArray<string>
): LocalError | undefined => {
  const problem = problemOf(options, kinds, { required })
  return problem === undefined
    ? undefined
    : new LocalError({ operation: "write", file, reason: "Failed", detail: `${problem.field}: ${problem.detail}` })
}
