/**
 * What every client is asked to do: read, look at and store an object of 1 KiB, on the responder's port, over so many connections.
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BenchError } from "../benchError.ts"
import type { Client } from "../measure.ts"

/** The verbs that are measured. */
export const verbs = ["GET", "HEAD", "PUT"] as const

/** @see {@link verbs} */
export type Verb = (typeof verbs)[number]

/** A client that is ready: one kind of work a verb. Every operation checks the status; a GET hands out the bytes. */
export type Opened = Readonly<Record<Verb, Client>>

/** A client that can be opened, and what it calls itself. */
export interface Contender {
  readonly name: string
  readonly open: (port: number, connections: number) => Effect.Effect<Opened, BenchError, Scope.Scope>
}

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
