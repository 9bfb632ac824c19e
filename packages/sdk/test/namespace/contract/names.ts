import { assert } from "@effect/vitest"
import { Effect, Option, Schema, Stream } from "effect"
import * as HcpBody from "../../../src/HcpBody.ts"
import * as Annotation from "../../../src/namespace/Annotation.ts"
import * as PathBuilder from "../../../src/PathBuilder.ts"
import * as Contract from "../../utils/contract.ts"
import { tagOf } from "../../utils/namespaces.ts"

const { text } = HcpBody

/** What follows `/rest`, in bytes of percent-encoding. */
const maxBytes = 4095

/** Whatever HCP can store: no slash, no NUL, no half of a pair, none of the reserved words. */
const isName = (name: string): boolean =>
  name !== "" && !/[/\0]|\p{Surrogate}/u.test(name) && ![".", "..", ".directory-metadata"].includes(name)

const fits = (names: ReadonlyArray<string>): boolean => encodeURIComponent(names.join("")).length < maxBytes - 200

// Characters that mean something somewhere, beside any others.
const tricky = [..." +%#?&=;:@'\"`<>\\~!$()*,|^{}[]\t\r\n\u007f\u0085\u00a0äß\u0301€東\u200b\u2028\ufeff\uffff🦉"]

const Odd = Schema.Array(
  Schema.Union([Schema.Literals(tricky), Schema.Literals(["a", "%2F", "%25", "..", "]]>", "toString"])])
)
const Segment = Schema.Union([Schema.String, Odd])
const toName = (segment: typeof Segment.Type): string => (typeof segment === "string" ? segment : segment.join(""))

export const anyName = (subject: Contract.Subject) =>
  Contract.suite(subject, "any name", (it) => {
    let run = 0

    it.effect.prop(
      "is stored, listed and read back unchanged",
      [Schema.Array(Segment)],
      ([segments]) =>
        Effect.gen(function* () {
          const names = segments.map(toName).filter(isName)
          if (names.length === 0 || !fits(names)) return
          const { ns } = yield* Contract.open("plain")
          const root = `/any/${++run}`
          const path = `${root}/${names.join("/")}`
          const stored = yield* ns.put(path, text(path))
          assert.strictEqual(decodeURIComponent(stored.location ?? ""), `/rest${path}`)
          assert.strictEqual(Buffer.from((yield* ns.get(path)).bytes).toString(), path)
          const walked = yield* Stream.runCollect(ns.walk(root))
          assert.deepStrictEqual(
            walked.map((entry) => entry.path),
            names.map((_, depth) => `${root}/${names.slice(0, depth + 1).join("/")}`)
          )
          assert.deepStrictEqual(
            walked.map((entry) => entry.name),
            names
          )
          assert.strictEqual((yield* ns.head(walked.at(-1)?.path ?? "")).versionId, stored.metadata.versionId)
          yield* ns.delete(path)
        }).pipe(Effect.scoped),
      { arbitrary: { runs: 60 }, timeout: 20_000 }
    )

    it.effect("that means something elsewhere is just a name here", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const names = [
          ...tricky.filter(isName),
          "%2F",
          "%00",
          "a%20b",
          "a+b",
          "a b",
          "rest",
          "proc",
          " lead",
          "trail ",
          "toString",
          "__proto__",
          "x.constructor"
        ]
        yield* Effect.forEach(names, (name) => ns.put(`/just/${name}`, text(name)), { concurrency: 4 })
        const listed = yield* Stream.runCollect(ns.list("/just"))
        assert.sameMembers(
          listed.map(({ name }) => name),
          names
        )
        yield* Effect.forEach(
          listed,
          ({ name, path }) =>
            Effect.map(ns.get(path), ({ bytes }) => assert.strictEqual(Buffer.from(bytes).toString(), name)),
          { concurrency: 4 }
        )
      })
    )

    it.effect("is written on the wire as HCP's own table says", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const { location } = yield* ns.put("/wire/ \t\n\r+%#?&\\ ä", text("x"))
        assert.strictEqual(location, "/rest/wire/%20%09%0A%0D%2B%25%23%3F%26%5C%20%C3%A4")
      })
    )

    it.effect("of 4,095 bytes fits, and one more does not", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const longest = (unit: string, bytes: number) => {
          const head = "/long/"
          const count = Math.floor((maxBytes - head.length) / bytes)
          return `${head}${unit.repeat(count)}`.padEnd(
            head.length + unit.length * count + ((maxBytes - head.length) % bytes),
            "x"
          )
        }
        // Letters are one byte, a blank is three, an owl twelve.
        for (const [unit, bytes] of [
          ["a", 1],
          [" ", 3],
          ["🦉", 12]
        ] as const) {
          const path = longest(unit, bytes)
          assert.strictEqual(encodeURIComponent(path).replaceAll("%2F", "/").length, maxBytes)
          yield* ns.put(path, text(unit))
          assert.strictEqual((yield* ns.get(path)).text, unit)
          const entry = (yield* Stream.runCollect(ns.list("/long")))[0]
          assert.strictEqual(entry?.path, path)
          yield* ns.delete(path)
          const refused = yield* Effect.flip(ns.put(`${path}x`, text(unit)))
          assert(refused.reason._tag === "InvalidInput")
          assert.include(refused.reason.detail, "4096")
        }
      })
    )

    it.effect("HCP could not keep is refused before anything is sent", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        for (const path of ["", "a", "//a", "/a//b", "/./a", "/a/..", "/.directory-metadata/a", "/a\0b", "/\ud83e"]) {
          assert.strictEqual(yield* tagOf(ns.put(path, text("x"))), "InvalidInput", JSON.stringify(path))
          assert.strictEqual(yield* tagOf(ns.head(path)), "InvalidInput", JSON.stringify(path))
        }
      })
    )

    it.effect("is kept as an annotation under a unique one", () =>
      Effect.gen(function* () {
        const { ns } = yield* Contract.open("plain")
        const builder = yield* PathBuilder.make({ initialPath: "/unique", annotation: true })
        const files = ["Müller & Söhne <1>.pdf", "a+b %20.txt"]
        const names = yield* Effect.forEach(files, (file) =>
          Effect.gen(function* () {
            const { annotation = "", fullPath, name } = yield* builder.unique(file)
            yield* ns.putWithAnnotation(fullPath, text(file), annotation)
            return name
          })
        )
        const File = Annotation.xml(
          "hcpsdk_fileobject",
          Schema.Struct({ "@filename": Schema.String, "@uuid": Schema.String })
        )
        for (const [index, name] of names.entries()) {
          const path = yield* builder.pathOf(name)
          assert.strictEqual((yield* ns.get(path)).text, files[index])
          const kept = yield* ns.annotations.findAs(path, Annotation.defaultName, File)
          assert.deepStrictEqual(kept, Option.some({ "@filename": files[index] ?? "", "@uuid": name }))
        }
        assert.strictEqual(yield* tagOf(builder.pathOf("no uuid")), "InvalidInput")
      })
    )
  })
