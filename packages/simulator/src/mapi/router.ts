/**
 * How a resource of the management API is described, and how a request finds the operation it asks for.
 *
 * A resource is a path and an operation for each verb. An operation says who may call it and turns a {@link Call} into
 * a {@link Reply}; HEAD, OPTIONS, formats, error messages and statuses are the same for all and done elsewhere.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { GatewayRequest } from "../Gateway.ts"
import type { Header, Refusal } from "../gateway/exchange.ts"
import type { Parameters } from "../gateway/requestTarget.ts"
import type { Account } from "../internal/accounts.ts"
import type { Core } from "../internal/core.ts"
import type { Document } from "../internal/document.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { Role } from "../SystemSpec.ts"
import type { Shape } from "./shape.ts"

/** In which form an answer is wanted. */
export type Format = "xml" | "json" | "javascript" | "csv"

/** Who asks: an administrator of the system, or one of a tenant (its key, lower case). */
export type Caller =
  | { readonly level: "system"; readonly account: Account }
  | { readonly level: "tenant"; readonly account: Account; readonly tenant: string }

/** A request that was let in, with all that an operation needs. */
export interface Call {
  readonly core: Core
  readonly request: GatewayRequest
  /** Milliseconds since 1970. */
  readonly now: number
  readonly caller: Caller
  /** The decoded value of `{name}` in the path; empty if the path has none. */
  readonly segment: (name: string) => string
  readonly parameters: Parameters
  /** Whether `verbose=true` was asked for. */
  readonly verbose: boolean
  readonly format: Format
  /** Reads the body, XML or JSON: 400 if it does not fit, 415 without a content type that is one of the two. */
  readonly body: <A>(root: string, shape: Shape<A>) => Effect.Effect<A, Refusal>
  /** The body as text, of any content type; at most 1 MiB, else 400. */
  readonly text: Effect.Effect<string, Refusal>
}

/** What an operation answers. */
export type Reply =
  /** 200 without a body: the answer to everything that changes something. */
  | { readonly _tag: "Done" }
  /** A resource, sent as XML or JSON. */
  | { readonly _tag: "Document"; readonly root: string; readonly document: Document }
  /** Text of some type as it is, e.g. CSV or PEM. */
  | { readonly _tag: "Text"; readonly contentType: string; readonly text: string }
  /** A download of unknown length. */
  | {
      readonly _tag: "Download"
      readonly headers: ReadonlyArray<Header>
      readonly stream: Stream.Stream<Uint8Array, unknown>
    }

/** @internal */
export const done: Reply = { _tag: "Done" }

/** @internal */
export const answer = (root: string, document: Document): Reply => ({ _tag: "Document", root, document })

/**
 * Who may call an operation: somebody with one of these roles. `system` speaks of administrators of the system,
 * `tenant` of those of the tenant in the path, and of administrators of the system if the tenant lets them in
 * (`administrationAllowed`). Nobody of a level that is left out may. `namespaceManagement` lets in tenant accounts with
 * that flag as well.
 */
export interface Access {
  readonly system?: ReadonlyArray<Role> | undefined
  readonly tenant?: ReadonlyArray<Role> | undefined
  readonly namespaceManagement?: boolean | undefined
}

/** One verb of a resource. */
export interface Operation {
  readonly access: Access
  /** Query parameters besides the common ones, for OPTIONS. */
  readonly parameters?: ReadonlyArray<string> | undefined
  /** Whether `Accept: text/csv` is understood. */
  readonly csv?: boolean | undefined
  readonly run: (call: Call) => Effect.Effect<Reply, Refusal | SimulatorError>
}

/** @internal */
export const verbs = ["get", "put", "post", "delete"] as const

/** @internal */
export type Verb = (typeof verbs)[number]

/** A resource. GET brings HEAD with it. */
export interface Resource extends Readonly<Partial<Record<Verb, Operation>>> {
  /** Below `/mapi`, e.g. `/tenants/{tenant}/namespaces/{namespace}`. */
  readonly path: string
}

/** @internal */
export interface Match {
  readonly resource: Resource
  readonly segment: (name: string) => string
}

const partsOf = (path: string): ReadonlyArray<string> => path.split("/").filter((part) => part !== "")

const variable = /^\{(\w+)\}$/

const matchOne = (resource: Resource, segments: ReadonlyArray<string>): Match | undefined => {
  const parts = partsOf(resource.path)
  if (parts.length !== segments.length) return undefined
  const values = new Map<string, string>()
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? ""
    const name = variable.exec(part)?.[1]
    if (name !== undefined) values.set(name, segment)
    else if (part !== segment) return undefined
  }
  return { resource, segment: (name) => values.get(name) ?? "" }
}

/**
 * Finds the resource of a path (decoded, without `mapi`). What is spelt out goes before a variable.
 *
 * @internal
 */
export const find = (resources: ReadonlyArray<Resource>, segments: ReadonlyArray<string>): Match | undefined =>
  resources
    .flatMap((resource) => matchOne(resource, segments) ?? [])
    .sort((a, b) => a.resource.path.split("{").length - b.resource.path.split("{").length)[0]

/** @internal */
export const methodsOf = (resource: Resource): ReadonlyArray<string> => [
  ...verbs.flatMap((verb) =>
    resource[verb] === undefined ? [] : verb === "get" ? ["GET", "HEAD"] : [verb.toUpperCase()]
  ),
  "OPTIONS"
]
