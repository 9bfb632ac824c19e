/**
 * Stores objects under names that other systems stumble over, and finds each one again under exactly its name; and
 * names that are made, not chosen, which spread over folders by themselves.
 *
 *     npm run example -- names
 */
import { NodeRuntime } from "@effect/platform-node"
import { Annotation, HcpBody, Namespace, PathBuilder } from "@effect-hcp/sdk"
import { Console, Effect, Schema, Stream } from "effect"
import { simulated } from "./simulated.ts"

// Paths are written as they are meant; the SDK encodes them, once.
const names = [
  "two words",
  "C++ & C#",
  "100% sure?",
  "already%20encoded",
  "a=b;c=d",
  `"quoted" 'twice' \`thrice\``,
  "<tag>",
  "back\\slash",
  "Ä ö ü ß",
  "cafe\u0301, decomposed",
  "東京.pdf",
  "🦉🦉🦉",
  "tab\tand\nnew line",
  " leading and trailing ",
  "~!@$()*,:[]{}|^",
  "toString"
]

const OriginalName = Annotation.xml("hcpsdk_fileobject", Schema.Struct({ "@filename": Schema.String }))

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace

  yield* Effect.forEach(names, (name) => ns.put(`/odd/${name}`, HcpBody.text(name)), { concurrency: 4 })
  const unchanged = yield* ns.list("/odd").pipe(
    Stream.filter(({ name }) => names.includes(name)),
    Stream.mapEffect(({ name, path }) => Effect.map(ns.get(path), ({ text }) => text === name)),
    Stream.filter((isSame) => isSame),
    Stream.runCount
  )
  yield* Console.log(`${unchanged} of ${names.length} odd names stored, listed and read back unchanged`)

  // What HCP could not keep under exactly this name is refused before anything is sent.
  for (const path of ["/a//b", "/a/../b", `/${"x".repeat(4095)}`]) {
    yield* ns.put(path, HcpBody.text("x")).pipe(
      Effect.asVoid,
      Effect.catchReason("HcpError", "InvalidInput", ({ message }) => Console.log(`refused: ${message}`))
    )
  }

  const builder = yield* PathBuilder.make({ initialPath: "/scans", annotation: true })
  const { annotation = "", fullPath, name } = yield* builder.unique("Müller & Söhne.pdf")
  yield* ns.putWithAnnotation(fullPath, HcpBody.text("the scan"), annotation)
  yield* Console.log(`stored as ${fullPath}`)

  // The name alone is enough to find it again.
  const path = yield* builder.pathOf(name)
  const original = yield* ns.annotations.getAs(path, Annotation.defaultName, OriginalName)
  yield* Console.log(`${(yield* ns.get(path)).text} was ${original["@filename"]}`)
})

program.pipe(Effect.provide(simulated()), NodeRuntime.runMain)
