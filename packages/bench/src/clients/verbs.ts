/**
 * What every client is asked to do: read, look at and store an object of 1 KiB, on the responder's port, over so many
 * connections.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import type { Client } from "../measure.ts"

/** The verbs that are measured. */
export const verbs = ["GET", "HEAD", "PUT"] as const

/** @see {@link verbs} */
export type Verb = (typeof verbs)[number]

/**
 * A client that is ready, for each kind of work. Every operation checks the status; one that reads hands out the bytes.
 */
export type Opened<Work extends string = Verb> = Readonly<Record<Work, Client>>

/** A client that can be opened, and what it calls itself. */
export interface Contender<Work extends string = Verb> {
  readonly name: string
  /** With `ca`, the certificate to trust, over TLS, as far as the client is measured there. */
  readonly open: (
    port: number,
    connections: number,
    ca: string | undefined
  ) => Effect.Effect<Opened<Work>, BenchError, Scope.Scope>
}

/** The same client at each of the verbs. */
export const eachVerb = (client: (verb: Verb) => Client): Opened => ({
  GET: client("GET"),
  HEAD: client("HEAD"),
  PUT: client("PUT")
})

/** Of one namespace; no name is resolved, all clients are given 127.0.0.1. */
export const fqdn = "n1.t1.hcp1.example.com"

/** Of the object that all read and write. */
export const path = "/rest/bench/object"

/** What is stored. */
export const object: Uint8Array = new Uint8Array(1024).fill(120)

/** Who asks. */
export const username = "n"

/** Their password: it opens nothing but the responder, which does not look at it. */
export const password = "n01"
