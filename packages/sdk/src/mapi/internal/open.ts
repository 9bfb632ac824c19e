/**
 * Calls whose answer is no resource: a text, or a stream of bytes.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { HcpBody } from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import type { Pairs } from "../../HcpRequest.ts"
import type { HcpResponse } from "../../HcpResponse.ts"
import { type Kind, type Kinds, problemOf, problemOfValue } from "../../OptionCheck.ts"
import { InvalidInput } from "../../WireReason.ts"
import { CurrentSettings, Mapi } from "../Mapi.ts"
import { type Given, locate } from "./call.ts"
import { object } from "./optionKinds.ts"

/** What is opened. */
interface Opening<Path extends string> {
  readonly method: "GET" | "POST"
  /** A template, as of a resource. */
  readonly path: Path
  readonly given: Given<Path>
  readonly query?: Pairs | undefined
  readonly accept: string
  readonly body?: { readonly bytes: HcpBody; readonly type: string } | undefined
  /** How long the head of the answer may take unless the settings say otherwise. Defaults to the target's. */
  readonly responseTimeout?: Duration.Input | undefined
}

/** An answer, and the path it is about. */
export interface Opened {
  readonly response: HcpResponse
  readonly path: string
}

/** The answer to be read as a stream, while its scope is open. */
export const open = Effect.fnUntraced(function* <Path extends string>(
  opening: Opening<Path>
): Effect.fn.Return<Opened, HcpError, Mapi | Scope.Scope> {
  const { accept, body, given, method, query, responseTimeout } = opening
  const mapi = yield* Mapi
  const settings = yield* CurrentSettings
  const path = yield* locate(mapi, method, opening.path, given)
  const headers = { Accept: accept, ...(body === undefined ? {} : { "Content-Type": body.type }) }
  const response = yield* mapi.open({
    method,
    path,
    query,
    headers,
    body: body?.bytes,
    responseTimeout: settings.responseTimeout ?? responseTimeout
  })
  return { response, path: `/mapi${path}` }
})

/** The whole answer as a text. */
export const readText = <Path extends string>(
  path: Path,
  given: Given<Path>,
  accept: string
): Effect.Effect<string, HcpError, Mapi> =>
  Effect.scoped(
    Effect.flatMap(open({ method: "GET", path, given, accept }), ({ response }) =>
      Effect.map(response.bytes(), (bytes) => new TextDecoder().decode(bytes))
    )
  )

/** Fails with this reason, before anything is sent. */
export const refuse = (operation: string, path: string, reason: InvalidInput): Effect.Effect<never, HcpError, Mapi> =>
  Effect.flatMap(Mapi, ({ fqdn }) =>
    Effect.fail(new HcpError({ operation, target: fqdn, path: `/mapi${path}`, reason }))
  )

/** Options that are what they have to be; else it fails before anything is sent. */
export const checkOptions = (
  operation: string,
  path: string,
  options: unknown,
  kinds: Kinds
): Effect.Effect<void, HcpError, Mapi> => {
  const misuse = problemOf(options, kinds)
  return misuse === undefined ? Effect.void : refuse(operation, path, misuse)
}

/**
 * What is done with values of a user's, which are looked at first: it fails with the first that is of another kind than
 * the types say, as it may be from JavaScript.
 */
export const given = <A, R>(
  operation: string,
  path: string,
  values: Readonly<Record<string, readonly [value: unknown, kind: Kind]>>,
  then: () => Effect.Effect<A, HcpError, R>
): Effect.Effect<A, HcpError, R | Mapi> =>
  Effect.suspend((): Effect.Effect<A, HcpError, R | Mapi> => {
    for (const [name, [value, kind]] of Object.entries(values)) {
      const wrong = problemOfValue(value, kind, name)
      if (wrong !== undefined) return refuse(operation, path, wrong)
    }
    return then()
  })

/** The same for what something is created with, whose fields are looked at when they are written. */
export const creating = <A, R>(
  path: string,
  input: unknown,
  then: () => Effect.Effect<A, HcpError, R>
): Effect.Effect<A, HcpError, R | Mapi> => given("PUT", path, { input: [input, object] }, then)

/** The value of a check, or its failure before anything is sent. */
export const checked = <A>(
  operation: string,
  path: string,
  result: Result.Result<A, InvalidInput>
): Effect.Effect<A, HcpError, Mapi> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : refuse(operation, path, result.failure)

/** A failed check. */
export const bad = (field: string, detail: string): Result.Result<never, InvalidInput> =>
  Result.fail(new InvalidInput({ field, detail }))
