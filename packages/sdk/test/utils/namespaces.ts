import { createHash } from "node:crypto"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Namespace from "../../src/namespace/Namespace.ts"
import type * as Transport from "../../src/Transport.ts"
import { answer, makeClient, type ScriptedNodes, type Step, type TargetOptions } from "./ScriptedNodes.ts"

/** A namespace over scripted nodes. */
export const makeNamespace = (nodes: ScriptedNodes, options?: TargetOptions) =>
  Effect.map(makeClient(nodes, options), (client) => Namespace.make(client, { namespace: "n1", tenant: "t1" }))

/** Method and target of each request the nodes saw. */
export const requests = (nodes: ScriptedNodes) => nodes.calls.map(({ request }) => `${request.method} ${request.path}`)

export const digest = (algorithm: string, text: string | Uint8Array) => createHash(algorithm).update(text).digest("hex")

/** What HCP says about an object with these bytes. */
export const objectOf = (text: string, headers: Record<string, string> = {}) => ({
  "X-HCP-Type": "object",
  "X-HCP-Size": String(Buffer.byteLength(text)),
  "X-HCP-Hash": `SHA-256 ${digest("sha256", text).toUpperCase()}`,
  ETag: `"${digest("md5", text)}"`,
  "X-HCP-VersionId": "97548093539073",
  "X-HCP-RetentionString": "Deletion Allowed",
  "X-HCP-Retention": "0",
  "X-HCP-RetentionHold": "false",
  "X-HCP-Time": "1524188961",
  ...headers
})

export const directory = { "X-HCP-Type": "directory", "X-HCP-ChangeTimeMilliseconds": "1422736466446.00" }

/** The answer to a PUT of these bytes. */
export const created = (text: string, headers: Record<string, string> = {}) =>
  answer(201, {
    Location: "/rest/a",
    "X-HCP-ServicedBySystem": "hcp1.example.com",
    "X-HCP-Hash": `SHA-256 ${digest("sha256", text).toUpperCase()}`,
    ETag: `"${digest("md5", text)}"`,
    "X-HCP-VersionId": "101409226728257",
    "X-HCP-VersionCreateTimeMilliseconds": "1584519167629",
    "X-RequestId": "5F8E1FF3F36B5C6B",
    ...headers
  })

/** All bytes of a request's body. */
export const bodyOf = (request: Transport.WireRequest): Effect.Effect<Buffer> =>
  request.body === undefined
    ? Effect.succeed(Buffer.alloc(0))
    : request.body instanceof Uint8Array
      ? Effect.succeed(Buffer.from(request.body))
      : Effect.map(Effect.orDie(Stream.runCollect(request.body)), (chunks) => Buffer.concat(chunks))

/** Keeps the body of the request, and then does the step. */
export const keeping =
  (bodies: Array<Buffer>, step: Step): Step =>
  (request) =>
    Effect.gen(function* () {
      bodies.push(yield* bodyOf(request))
      if (typeof step === "function") return yield* step(request)
      return yield* "_tag" in step ? Effect.fail(step) : Effect.succeed(step)
    })

/** Lets an hour pass for the call. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

/** The tag of what it fails with. */
export const tagOf = <A, E extends { readonly reason: { readonly _tag: string } }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error.reason._tag)

/** What the namespace says of its versioning. */
export const settings = (versioningEnabled: boolean) =>
  answer(200, {}, `<namespaces><namespace name="n1" versioningEnabled="${versioningEnabled}"/></namespaces>`)
