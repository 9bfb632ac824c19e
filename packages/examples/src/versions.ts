/**
 * Overwrites nothing: every version of a letter stays, can be read, and is brought back after a deletion.
 *
 *     npm run example -- versions
 */
import { NodeRuntime } from "@effect/platform-node"
import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Console, Effect, Stream } from "effect"
import { simulated } from "./simulated.ts"

const letter = "/letters/to Jane.txt"

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  const show = Effect.gen(function* () {
    const versions = yield* Stream.runCollect(ns.versions(letter, { deleted: true }))
    for (const version of versions) {
      const what = version._tag === "DeleteMarker" ? "deleted" : `${version.size} bytes`
      yield* Console.log(`  ${version.versionId}: ${what}`)
    }
    return versions
  })

  yield* ns.put(letter, HcpBody.text("Dear Jane"))
  // Without being told, `put` hides nothing that is there.
  yield* ns
    .put(letter, HcpBody.text("Dear Jane,"))
    .pipe(Effect.catchReason("HcpError", "ObjectExists", ({ size }) => Console.log(`there is one of ${size} bytes`)))
  for (const text of ["Dear Jane,", "Dear Jane, how are you?"]) {
    yield* ns.put(letter, HcpBody.text(text), { ifExists: "newVersion" })
  }
  yield* Console.log("three versions:")
  yield* show

  yield* ns.delete(letter)
  yield* Console.log(`after the deletion, is it there? ${yield* ns.exists(letter)}; its versions are:`)
  const versions = yield* show

  const old = versions.find((version) => version._tag === "Version" && version.size === 10)
  const { text } = yield* ns.get(letter, { versionId: old?.versionId })
  yield* Console.log(`an old version says "${text}"`)

  // A copy inside HCP brings it back; no byte travels.
  yield* ns.copy({ path: letter, versionId: old?.versionId }, letter)
  yield* Console.log(`restored: "${(yield* ns.get(letter)).text}"`)

  yield* ns.delete(letter, { purge: true })
  yield* Effect.asVoid(show).pipe(
    Effect.catchReason("HcpError", "NotFound", () => Console.log("purged: no version is left"))
  )
})

program.pipe(Effect.provide(simulated({ versioning: true })), NodeRuntime.runMain)
