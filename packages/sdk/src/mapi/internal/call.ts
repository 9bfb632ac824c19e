/**
 * What is done with resources: read, look, create, modify, remove, act, list. Every function of the management modules
 * is one of these and a resource.
 *
 * What may be repeated after a lost answer: all of it but actions. A modification sets what it says, however often; a
 * repeated creation cannot create twice, but is answered with 409, and {@link create} tells that from a name that was
 * taken.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { localToken } from "../../Credentials.ts"
import * as HcpBody from "../../HcpBody.ts"
import { HcpError } from "../../HcpError.ts"
import type { Method, Pairs } from "../../HcpRequest.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { amended } from "../../internal/request/amended.ts"
import { type Format, mediaType } from "../../internal/xml/plainAnswer.ts"
import { LoopGuard } from "../../LoopGuard.ts"
import { AlreadyExists } from "../../ManagementReason.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import { problemOfValue } from "../../OptionCheck.ts"
import { InvalidInput } from "../../WireReason.ts"
import type { InTenant, ListOptions, Verbose } from "../CallOptions.ts"
import type { Field } from "../Field.ts"
import { CurrentSettings, Mapi, type MapiRequest, type Shape } from "../Mapi.ts"
import { decode } from "./decode.ts"
import { encode, secretsIn } from "./encode.ts"
import { type Asked, misuseOf } from "./optionKinds.ts"
import { firstPage, type Page, pageQuery } from "./paging.ts"
import { withReason } from "./refusal.ts"
import { type Names, nothing, type Params, pathOf, type Readable, type Writable } from "./resource.ts"

/** A value for each name in a path; the tenant of the host where none is given. */
export type Given<Path extends string> = {
  readonly [Name in Params<Path>]: Name extends "tenant" ? string | undefined : string
} & { readonly asked?: Asked | undefined }

const invalid = (mapi: Shape, operation: Method, path: string, reason: InvalidInput): HcpError =>
  new HcpError({ operation, target: mapi.fqdn, path: `/mapi${path}`, reason })

/** The path of a call, of the names it is given. Fails with `InvalidInput` for a name that is none. */
export const locate = (
  mapi: Shape,
  operation: Method,
  template: string,
  given: { readonly asked?: Asked | undefined }
): Effect.Effect<string, HcpError> => {
  const misuse = misuseOf(given)
  if (misuse !== undefined) return Effect.fail(invalid(mapi, operation, template, misuse))
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "string") values[name] = value
    else if (name !== "asked" && !(name === "tenant" && value === undefined)) {
      const wrong = problemOfValue(value, "text", name)
      if (wrong !== undefined) return Effect.fail(invalid(mapi, operation, template, wrong))
    }
  }
  if (template.includes("{tenant}") && ("tenant" in given ? given.tenant : undefined) === undefined) {
    if (mapi.tenant === undefined) {
      const detail = `${mapi.fqdn} administers the whole system, so the tenant must be named: give { tenant: "..." }`
      return Effect.fail(invalid(mapi, operation, template, new InvalidInput({ field: "tenant", detail })))
    }
    values.tenant = mapi.tenant
  }
  const path = pathOf<string>(template, values)
  return Result.isSuccess(path)
    ? Effect.succeed(path.success)
    : Effect.fail(invalid(mapi, operation, template, path.failure))
}

const formatFor = (mapi: Shape, preferred: Format): Effect.Effect<Format> =>
  Effect.map(CurrentSettings, (settings) => settings.format ?? mapi.format ?? preferred)

/** Whether an account of the system itself is meant, and none of a tenant. */
export const isOfSystem = (options: InTenant | undefined): Effect.Effect<boolean, never, Mapi> =>
  Effect.map(Mapi, ({ tenant }) => options?.tenant === undefined && tenant === undefined)

/** Reads a resource. */
export const read = Effect.fnUntraced(function* <Path extends string, A>(
  resource: Readable<Path, A>,
  given: Given<Path>,
  query?: Pairs
): Effect.fn.Return<A, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, "GET", resource.path, given)
  const format = yield* formatFor(mapi, resource.format)
  const reply = yield* mapi.call({ method: "GET", path, query, headers: { Accept: mediaType[format] } })
  return yield* decode(resource.read, reply, { operation: "GET", path: `/mapi${path}` })
})

/** The query of a call that may give everything. */
export const verbosely = (options: Verbose | undefined): Pairs => ({
  verbose: options?.verbose === false ? undefined : "true"
})

/** Reads a resource that need not be there: 404 is `undefined`. */
export const readIfThere = <Path extends string, A>(
  resource: Readable<Path, A>,
  given: Given<Path>,
  query?: Pairs
): Effect.Effect<A | undefined, HcpError, Mapi> =>
  Effect.catchReason(read(resource, given, query), "HcpError", "NotFound", () => Effect.succeed(undefined))

/** Whether a resource is there, for this user: HCP answers 302 where it is not, or may not be seen. */
export const exists = Effect.fnUntraced(function* <Path extends string>(
  template: Path,
  given: Given<Path>
): Effect.fn.Return<boolean, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, "HEAD", template, given)
  return yield* mapi.call({ method: "HEAD", path }).pipe(
    Effect.as(true),
    Effect.catch((error) =>
      error.reason._tag === "NotFound" || (error.reason._tag === "Redirected" && error.reason.status === 302)
        ? Effect.succeed(false)
        : Effect.fail(error)
    )
  )
})

interface Sent {
  readonly query?: Pairs | undefined
  readonly wasDone?: MapiRequest["wasDone"]
}

interface Write<I> {
  readonly root: string
  readonly format: Format
  readonly write: Field<I>
}

const send = Effect.fnUntraced(function* <I>(
  mapi: Shape,
  method: "PUT" | "POST",
  path: string,
  resource: Write<I>,
  input: I,
  { query, wasDone }: Sent
): Effect.fn.Return<HcpReply, HcpError> {
  const format = yield* formatFor(mapi, resource.format)
  const body = encode(resource.write, input, { root: resource.root, format })
  if (Result.isFailure(body)) return yield* invalid(mapi, method, path, body.failure)
  return yield* mapi.call({
    method,
    path,
    query,
    headers: { Accept: mediaType[format], "Content-Type": mediaType[format] },
    body: body.success,
    secrets: secretsIn(input),
    idempotent: true,
    wasDone
  })
})

/** What a creation is about. */
interface Creation<I> {
  readonly input: I
  /** E.g. `namespace "invoices"`. */
  readonly what: string
  readonly query?: Pairs | undefined
  /** Whether what is there now is what was to be created, for a 409 after a lost answer. Defaults to never. */
  readonly reconcile?: Effect.Effect<boolean, HcpError, Mapi> | undefined
}

/** Creates a resource in a collection: PUT with the name in the body. Fails with `AlreadyExists`. */
export const create = Effect.fnUntraced(function* <Path extends string, I>(
  collection: Path,
  given: Given<Path>,
  resource: Write<I>,
  creation: Creation<I>
): Effect.fn.Return<void, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, "PUT", collection, given)
  yield* send(mapi, "PUT", path, resource, creation.input, creation).pipe(
    Effect.catch((error) => {
      const { reason } = error
      if (reason._tag !== "AlreadyExists") return Effect.fail(error)
      const { detail, perhapsByThisCall } = reason
      const alreadyExists = withReason(error, new AlreadyExists({ what: creation.what, detail, perhapsByThisCall }))
      return perhapsByThisCall && creation.reconcile !== undefined
        ? Effect.flatMap(creation.reconcile, (isOurs) => (isOurs ? Effect.void : Effect.fail(alreadyExists)))
        : Effect.fail(alreadyExists)
    })
  )
})

/** Replaces a resource where it is: PUT on its own path. */
export const replace = Effect.fnUntraced(function* <Path extends string, I>(
  resource: Writable<Path, I>,
  given: Given<Path>,
  input: I
): Effect.fn.Return<void, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, "PUT", resource.path, given)
  yield* send(mapi, "PUT", path, resource, input, {})
})

/** Modifies what the input says, and leaves the rest. */
export const modify = Effect.fnUntraced(function* <Path extends string, I>(
  resource: Writable<Path, I>,
  given: Given<Path>,
  input: I,
  query?: Pairs
): Effect.fn.Return<void, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, "POST", resource.path, given)
  yield* send(mapi, "POST", path, resource, input, { query })
})

/**
 * Modifies an account and gives it a new password. Where the answer is lost and the next attempt is refused, the
 * account is asked for with that password: if it is the account that asks, the first attempt has made the old one a
 * wrong one.
 */
export const modifyWithPassword = Effect.fnUntraced(function* <Path extends string, I>(
  resource: Writable<Path, I>,
  given: Given<Path>,
  input: I,
  user: {
    /** The path of the account, with the same names in it. */
    readonly account: string
    readonly username: string
    readonly password: Redacted.Redacted<string>
    readonly query?: Pairs | undefined
  }
): Effect.fn.Return<void, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, "POST", resource.path, given)
  const account = yield* locate(mapi, "GET", user.account, given)
  const token = Redacted.make(`HCP ${Redacted.value(localToken(user.username, user.password))}`)
  const wasDone = mapi.call({ method: "GET", path: account, credentials: [["Authorization", token]] }).pipe(
    Effect.catch((error) =>
      error.reason._tag === "Forbidden"
        ? Effect.succeed(undefined)
        : // Whether the password was changed stays unknown.
          Effect.fail(amended(error, { reached: "request" }))
    )
  )
  yield* send(mapi, "POST", path, resource, input, { query: user.query, wasDone })
})

/** Removes a resource. */
export const remove = Effect.fnUntraced(function* <Path extends string>(
  template: Path,
  given: Given<Path>,
  query?: Pairs
): Effect.fn.Return<void, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, "DELETE", template, given)
  yield* mapi.call({ method: "DELETE", path, query })
})

/** How an action is sent. */
export interface Action {
  readonly query: Pairs
  /** Defaults to POST. */
  readonly method?: "POST" | "PUT" | undefined
  /**
   * The root of an empty element that is sent, or `none` where HCP takes no body at all (replication, logs), or a body.
   * Most resources take the empty element.
   */
  readonly body: { readonly root: string } | "none" | { readonly raw: HcpBody.Input; readonly type: string }
  /** Whether it may be sent twice. Defaults to `false`. */
  readonly idempotent?: boolean | undefined
}

/** Does something by its query parameters. */
export const act = Effect.fnUntraced(function* <Path extends string>(
  resource: { readonly path: Path; readonly format: Format },
  given: Given<Path>,
  { body, idempotent = false, method = "POST", query }: Action
): Effect.fn.Return<HcpReply, HcpError, Mapi> {
  const mapi = yield* Mapi
  const path = yield* locate(mapi, method, resource.path, given)
  const format = yield* formatFor(mapi, resource.format)
  if (body === "none") return yield* mapi.call({ method, path, query, idempotent })
  if ("raw" in body) {
    const raw = HcpBody.fromInput(body.raw)
    if (Result.isFailure(raw)) return yield* invalid(mapi, method, path, raw.failure)
    const headers = { Accept: mediaType[format], "Content-Type": body.type }
    return yield* mapi.call({ method, path, query, idempotent, headers, body: raw.success })
  }
  const empty = encode(nothing, {}, { root: body.root, format })
  if (Result.isFailure(empty)) return yield* invalid(mapi, method, path, empty.failure)
  const headers = { Accept: mediaType[format], "Content-Type": mediaType[format] }
  return yield* mapi.call({ method, path, query, idempotent, headers, body: empty.success })
})

/**
 * The names in a collection, page by page where the server pages.
 *
 * A page with fewer names than were asked for need not be the last one, as a server may give fewer at once: only an
 * empty page ends the list. A server that knows nothing of pages gives everything, each time, so a page is also the
 * last that has nothing the one before had not, or more than was asked for. Fails with `UnexpectedAnswer` where pages
 * come again in a longer circle.
 */
export const list = <Path extends string>(
  resource: Names<Path>,
  given: Given<Path>,
  options: ListOptions = {}
): Stream.Stream<string, HcpError, Mapi> =>
  Stream.suspend(() => {
    const misuse = misuseOf(given)
    if (misuse !== undefined) {
      return Stream.fromEffect(Effect.flatMap(Mapi, (mapi) => invalid(mapi, "GET", resource.path, misuse)))
    }
    const guard = new LoopGuard()
    return Stream.paginate<Page, string, HcpError, Mapi>(firstPage, ({ before, offset }) =>
      Effect.gen(function* () {
        const query = pageQuery(resource.sortBy, options, offset)
        if (Result.isFailure(query)) {
          const mapi = yield* Mapi
          return yield* invalid(mapi, "GET", resource.path, query.failure)
        }
        const names = yield* read(resource, given, query.success.query)
        const { pageSize } = query.success
        const fresh = names.filter((name) => !before.has(name))
        if (pageSize === undefined || fresh.length === 0 || names.length > pageSize)
          return [fresh, Option.none()] as const
        if (guard.isRepeated(JSON.stringify(names))) {
          const mapi = yield* Mapi
          return yield* new HcpError({
            operation: "GET",
            target: mapi.fqdn,
            path: `/mapi${resource.path}`,
            reached: "answer",
            reason: new UnexpectedAnswer({
              detail: "the list repeats itself, so the server does not look at where a page begins"
            })
          })
        }
        return [fresh, Option.some({ offset: offset + names.length, before: new Set(names) })] as const
      })
    )
  })
