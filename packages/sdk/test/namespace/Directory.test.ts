import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Exit, Fiber, Stream } from "effect"
import type * as Directory from "../../src/namespace/Directory.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Retention from "../../src/namespace/Retention.ts"
import { inTime, requests } from "../utils/namespaces.ts"
import { always, answer, brokenOff, makeClient, type ScriptedNodes, type Step, script } from "../utils/ScriptedNodes.ts"

const headers = { "X-HCP-Type": "directory", "Content-Type": "text/xml" }

const listing = (...entries: ReadonlyArray<string>) =>
  answer(200, headers, `<directory path="/rest/d">${entries.join("")}</directory>`)

const file = (name: string) => `<entry urlName="${name}" utf8Name="${name}" type="object" state="created" size="1"/>`
const folder = (name: string) => `<entry urlName="${name}" utf8Name="${name}" type="directory" state="created"/>`
const link = (name: string, target: string) =>
  `<entry urlName="${name}" utf8Name="${name}" type="symlink" symlinkTarget="${target}" utf8SymlinkTarget="${target}"/>`

const listed = (nodes: ScriptedNodes, path = "/d", options?: Directory.ListOptions) =>
  inTime(Effect.flatMap(makeClient(nodes), (client) => Stream.runCollect(Namespace.make(client).list(path, options))))

const walked = (nodes: ScriptedNodes, options?: Directory.WalkOptions, path = "/d") =>
  inTime(Effect.flatMap(makeClient(nodes), (client) => Stream.runCollect(Namespace.make(client).walk(path, options))))

const paths = (entries: ReadonlyArray<Directory.Entry>) => entries.map(({ path }) => path)

/** A tree: what each directory answers. */
const tree = (answers: Readonly<Record<string, Step>>): Step => {
  return (request) => {
    const step = answers[request.path.split("?")[0] ?? ""] ?? answer(404)
    return typeof step === "function" ? step(request) : "_tag" in step ? Effect.fail(step) : Effect.succeed(step)
  }
}

// As recorded in shape, with values of its own: the root's `>` on a line of its own, blanks before line breaks, any
// order.
const recorded = `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/static/xsl/ns-directory-6.0.xsl"?>
<directory xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
           xsi:noNamespaceSchemaLocation="/static/xsd/ns-directory-6.0.xsd"
           path="/rest/d%c3%bc" utf8Path="/rest/dü" parentDir="/rest" utf8ParentDir="/rest" 
           dirDeleted="false" showDeleted="false" namespaceName="n1" utf8NamespaceName="n1"
           changeTimeMilliseconds="1722436266446.02" changeTimeString="2024-07-31T16:31:06+0200"
    >
  <entry urlName="a%2bb%20%26%20c.txt" utf8Name="a+b &amp; c.txt" type="object" size="18" hashScheme="SHA-256"
         hash="47FB563CC8F86DC37C86D08BC542968F7986ACD81C97BF76DB7AD744407FE117"
         etag="68791e1b03badd5e4eb9287660f67745" retention="2085393600" retentionString="2036-01-31T12:00:00+0000"
         retentionClass="TAX_DATA" ingestTime="1722436266" ingestTimeMilliseconds="1722436266446"
         ingestTimeString="7/31/2024 4:31PM" hold="false" shred="true" dpl="2" index="true" customMetadata="true"
         customMetadataAnnotations=".metapairs;123, default;2442" version="110235921052545" replicated="false"
         changeTimeMilliseconds="1722436266446.07" changeTimeString="2024-07-31T16:31:06+0200" owner="n" domain=""
         hasAcl="false" state="created"/> 
  <entry state="created" changeTimeString="2014-07-28T18:47:14-0400" changeTimeMilliseconds="1406587634153.00"
         type="directory" utf8Name=".lost+found" urlName=".lost%2bfound"
  />
  <entry urlName="l" utf8Name="l" type="symlink" symlinkTarget="../x%20y" utf8SymlinkTarget="../x y"
         changeTimeMilliseconds="1406587634153.00" changeTimeString="2014-07-28T18:47:14-0400" state="created"/>
  <entry urlName="old" utf8Name="old" type="object" size="" ingestTime="1406587634" dpl="Dynamic" hold="" version=""
         retention="-2" retentionString="Initial Undefined" state="deleted"/>
</directory>
`

describe("list", () => {
  it.effect("reads every attribute of every kind of entry", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200, headers, recorded))
      const [object, directory, symlink, old, ...others] = yield* listed(nodes, "/dü/")
      assert.deepStrictEqual(requests(nodes), ["GET /rest/d%C3%BC"])
      assert.deepStrictEqual(object, {
        _tag: "Object",
        name: "a+b & c.txt",
        path: "/dü/a+b & c.txt",
        urlName: undefined,
        state: "created",
        changedAt: { at: DateTime.makeUnsafe(1_722_436_266_446), count: 7 },
        size: 18,
        hash: { algorithm: "SHA-256", hex: "47fb563cc8f86dc37c86d08bc542968f7986acd81c97bf76db7ad744407fe117" },
        etag: "68791e1b03badd5e4eb9287660f67745",
        versionId: "110235921052545",
        createdAt: DateTime.makeUnsafe(1_722_436_266_446),
        retention: { value: Retention.until(DateTime.makeUnsafe(2_085_393_600_000)), retentionClass: "TAX_DATA" },
        retentionText: "2036-01-31T12:00:00+0000",
        hold: false,
        shred: true,
        index: true,
        dpl: 2,
        hasAnnotations: true,
        annotations: [
          { name: ".metapairs", size: 123 },
          { name: "default", size: 2442 }
        ],
        replicated: false,
        owner: "n",
        domain: undefined,
        hasAcl: false
      })
      assert.deepStrictEqual(directory, {
        _tag: "Directory",
        name: ".lost+found",
        path: "/dü/.lost+found",
        urlName: undefined,
        state: "created",
        changedAt: { at: DateTime.makeUnsafe(1_406_587_634_153), count: 0 }
      })
      assert(symlink?._tag === "Symlink")
      assert.strictEqual(symlink.target, "../x y")
      assert(old?._tag === "Object")
      assert.strictEqual(old.state, "deleted")
      assert.isUndefined(old.size)
      assert.isUndefined(old.hash)
      assert.isUndefined(old.versionId)
      assert.isUndefined(old.hold)
      assert.deepStrictEqual(old.createdAt, DateTime.makeUnsafe(1_406_587_634_000))
      assert.strictEqual(old.dpl, "Dynamic")
      assert.deepStrictEqual(old.retention.value, { _tag: "Unspecified" })
      assert.deepStrictEqual(others, [])
    })
  )

  it.effect("takes the name from where it is exact", () =>
    Effect.gen(function* () {
      const nodes = script(
        listing(
          '<entry urlname="a%20b" type="object"/>',
          '<entry utf8Name="" urlName="%c3%bc" type="object"/>',
          '<entry utf8Name="x\ufffd" urlName="x%ef%bf%bd" type="object"/>',
          '<entry utf8Name="y\ufffd" urlName="y%ff" type="object"/>',
          '<entry utf8Name="100%" urlName="100%25" type="object"/>',
          // An attribute's line break and tab are blanks to every parser.
          '<entry utf8Name="a\nb\tc" urlName="a%0Ab%09c" type="object"/>',
          '<entry utf8Name="a b" urlName="a+b" type="object"/>',
          // What a plus is, is told by the other name; which of the blanks were tabs, is not.
          '<entry utf8Name="C++\tx" urlName="C++%09x" type="object"/>',
          '<entry utf8Name="C++ x" urlName="C++%20x" type="object"/>',
          '<entry utf8Name="a b\tc+d" urlName="a+b%09c%2bd" type="object"/>',
          '<entry utf8Name="other" urlName="a+b" type="object"/>',
          '<entry utf8Name="a+b" urlName="a%2bb" type="object"/>',
          '<entry utf8Name="50%" urlName="50%" type="object"/>'
        )
      )
      const entries = yield* listed(nodes, "/")
      assert.deepStrictEqual(
        entries.map(({ name, urlName }) => [name, urlName]),
        [
          ["a b", undefined],
          ["ü", undefined],
          ["x\ufffd", undefined],
          ["y\ufffd", "y%ff"],
          ["100%", undefined],
          ["a\nb\tc", undefined],
          ["a b", undefined],
          ["C++\tx", undefined],
          ["C++ x", undefined],
          ["a b\tc+d", undefined],
          ["other", undefined],
          ["a+b", undefined],
          ["50%", undefined]
        ]
      )
      assert.strictEqual(entries[0]?.path, "/a b")
      assert.deepStrictEqual(requests(nodes), ["GET /rest"])
    })
  )

  it.effect("leaves nothing behind but what is kept of its entries", () =>
    Effect.gen(function* () {
      setFlagsFromString("--expose-gc")
      const collectGarbage: unknown = runInNewContext("gc")
      assert(typeof collectGarbage === "function")
      const heap = () => {
        collectGarbage()
        return process.memoryUsage().heapUsed
      }
      const count = 20_000
      const long = (n: number) => file(`a-name-of-some-length-${n}`).replace("/>", ` owner="${"x".repeat(600)}"/>`)
      const client = yield* makeClient(always(listing(...Array.from({ length: count }, (_, n) => long(n)))))
      const before = heap()
      const names = yield* inTime(Stream.runCollect(Stream.map(Namespace.make(client).list("/d"), ({ name }) => name)))
      const held = heap() - before
      assert.lengthOf(names, count)
      // The document has 14 MB.
      assert.isBelow(held, 5_000_000)
    })
  )

  it.effect("asks for what is wanted", () =>
    Effect.gen(function* () {
      const nodes = script(listing())
      assert.deepStrictEqual(yield* listed(nodes, "/d", { deleted: true, mostRecentDirTimes: true }), [])
      assert.deepStrictEqual(requests(nodes), ["GET /rest/d?deleted=true&mostRecentDirTimes=true"])
    })
  )

  it.effect("does not take an object for a directory, even if its data is a listing", () =>
    Effect.gen(function* () {
      const nodes = script(answer(200, { "X-HCP-Type": "object" }, "<directory><entry/></directory>"))
      const error = yield* Effect.flip(listed(nodes))
      assert.strictEqual(error.reason._tag, "NotADirectory")
      assert.include(error.message, "object at this path, not a directory")
    })
  )

  it.effect("does not take a page or another document for a listing", () =>
    Effect.gen(function* () {
      const page = yield* Effect.flip(listed(script(answer(200, {}, "<html><body>Log in</body></html>"))))
      assert.strictEqual(page.reason._tag, "InvalidXml")
      const other = yield* Effect.flip(listed(script(answer(200, {}, "<versions/>"))))
      assert.include(other.message, "element directory")
      const nameless = yield* Effect.flip(listed(script(listing('<entry type="object"/>'))))
      assert.include(nameless.message, "no name")
      const odd = yield* Effect.flip(listed(script(answer(204))))
      assert.include(odd.message, "204")
    })
  )

  it.effect("fails as HCP does, and before anything is sent for a bad path", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(listed(script(answer(404))))).reason._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(listed(script(answer(403))))).reason._tag, "Forbidden")
      const error = yield* Effect.flip(listed(script(), "d"))
      assert.strictEqual(error.reason._tag, "InvalidInput")
      assert.strictEqual(error.reached, "nothing")
    })
  )
})

describe("a listing that breaks off", () => {
  const half = { ...brokenOff, body: `<directory path="/rest/d">${file("a")}` }
  const nothing = { ...brokenOff, headers: { "X-Breaks-Off": "at once" } }

  it.effect("is asked for again while nobody has seen an entry", () =>
    Effect.gen(function* () {
      const nodes = script(nothing, { ...brokenOff, body: "<directory>" }, listing(file("a")))
      assert.deepStrictEqual(paths(yield* listed(nodes)), ["/d/a"])
      assert.strictEqual(nodes.calls.length, 3)
      const never = script(nothing, nothing, nothing)
      assert.strictEqual((yield* Effect.flip(listed(never))).reason._tag, "IncompleteBody")
    })
  )

  it.effect("is never repeated afterwards, and never a short list", () =>
    Effect.gen(function* () {
      const nodes = script(half)
      const seen: Array<string> = []
      const exit = yield* inTime(
        Effect.flatMap(makeClient(nodes), (client) =>
          Effect.exit(
            Stream.runForEach(Namespace.make(client).list("/d"), (entry) => Effect.sync(() => seen.push(entry.name)))
          )
        )
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(seen, ["a"])
      assert.strictEqual(nodes.calls.length, 1)
    })
  )

  it.effect("fails where only the end of the document is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(listed(script(answer(200, headers, `<directory>${file("a")}`))))
      assert(error.reason._tag === "InvalidXml")
      assert.isTrue(error.reason.isTruncated)
    })
  )
})

describe("walk", () => {
  const answers = {
    "/rest/d": listing(file("1"), folder("a"), file("2"), folder("b"), link("l", "../d")),
    "/rest/d/a": listing(folder("c"), file("3")),
    "/rest/d/a/c": listing(file("4")),
    "/rest/d/b": listing(file("5"))
  }
  const all = ["/d/1", "/d/a", "/d/2", "/d/b", "/d/l", "/d/a/c", "/d/a/3", "/d/a/c/4", "/d/b/5"]

  it.effect("gives each directory's entries and then those below, and follows no links", () =>
    Effect.gen(function* () {
      const nodes = script(...Array.from({ length: 4 }, () => tree(answers)))
      assert.deepStrictEqual(paths(yield* walked(nodes)), all)
      assert.deepStrictEqual(
        requests(nodes),
        ["/rest/d", "/rest/d/a", "/rest/d/a/c", "/rest/d/b"].map((path) => `GET ${path}`)
      )
    })
  )

  it.effect("ends where a tree has no end, however it grows (row 157)", () =>
    Effect.gen(function* () {
      const wide = listing(folder("a"), folder("b"), folder("c"), file("1"))
      const nodes = always(wide)
      const error = yield* Effect.flip(walked(nodes, { maxPending: 100 }))
      assert.strictEqual(error.reason._tag, "UnexpectedAnswer")
      assert.include(error.message, "more than 100 directories wait for their turn (maxPending)")
      // Each takes one away and adds three.
      assert.isAtMost(nodes.calls.length, 51)
      const many = always(listing(...Array.from({ length: 101 }, (_, index) => folder(String(index)))))
      assert.strictEqual((yield* Effect.flip(walked(many, { maxPending: 100 }))).reason._tag, "UnexpectedAnswer")
      assert.strictEqual(many.calls.length, 1)
      const deep = always(listing(folder("x".repeat(200))))
      assert.strictEqual((yield* Effect.flip(walked(deep))).reason._tag, "InvalidInput")
      for (const maxPending of [0, 1.5, Number.NaN]) {
        const { reason } = yield* Effect.flip(walked(script(), { maxPending }))
        assert(reason._tag === "InvalidInput")
        assert.strictEqual(reason.field, "maxPending")
      }
      // One that is listed waits no more.
      const whole = script(...Array.from({ length: 4 }, () => tree(answers)))
      assert.deepStrictEqual(paths(yield* walked(whole, { maxPending: 2 })), all)
    })
  )

  it.effect("lists several directories at a time if told to", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let inside = 0
      const slowly =
        (step: ReturnType<typeof listing>): Step =>
        () =>
          Effect.gen(function* () {
            if (++inside === 2) yield* Deferred.succeed(gate, undefined)
            yield* Deferred.await(gate)
            return step
          })
      const nodes = script(
        ...Array.from({ length: 4 }, () =>
          tree({ ...answers, "/rest/d/a": slowly(answers["/rest/d/a"]), "/rest/d/b": slowly(answers["/rest/d/b"]) })
        )
      )
      assert.deepStrictEqual(paths(yield* walked(nodes, { concurrency: 3 })).sort(), [...all].sort())
      assert.strictEqual(nodes.calls.length, 4)
    })
  )

  it.effect("goes where and as deep as it is told", () =>
    Effect.gen(function* () {
      const flat = script(tree(answers))
      assert.deepStrictEqual(paths(yield* walked(flat, { maxDepth: 1 })), all.slice(0, 5))
      const two = script(...Array.from({ length: 3 }, () => tree(answers)))
      assert.deepStrictEqual(
        paths(yield* walked(two, { maxDepth: 2 })),
        all.filter((path) => path !== "/d/a/c/4")
      )
      const chosen = script(...Array.from({ length: 2 }, () => tree(answers)))
      assert.deepStrictEqual(paths(yield* walked(chosen, { descend: ({ name }) => name === "b" })), [
        ...all.slice(0, 5),
        "/d/b/5"
      ])
      const client = yield* makeClient(script())
      for (const options of [{ concurrency: 0 }, { maxDepth: 1.5 }, { maxPending: 0 }]) {
        const { reason } = yield* Effect.flip(Stream.runDrain(Namespace.make(client).walk("/d", options)))
        assert.strictEqual(reason._tag, "InvalidInput")
      }
    })
  )

  it.effect("leaves out no directory in silence, be its name no UTF-8", () =>
    Effect.gen(function* () {
      const latin1 = listing('<entry utf8Name="\ufffd" urlName="%e4" type="Directory"/>')
      const error = yield* Effect.flip(walked(script(latin1)))
      assert.strictEqual(error.reason._tag, "InvalidInput")
      assert.include(error.message, "%e4")
      const without = yield* walked(script(latin1), { descend: ({ urlName }) => urlName === undefined })
      assert.deepStrictEqual(paths(without), ["/d/\ufffd"])
    })
  )

  it.effect("survives directories that vanish, but not that of its own", () =>
    Effect.gen(function* () {
      const fleeting = {
        ...answers,
        "/rest/d/a": answer(404),
        "/rest/d/b": answer(200, { "X-HCP-Type": "object" }, "x")
      }
      const nodes = script(...Array.from({ length: 3 }, () => tree(fleeting)))
      assert.deepStrictEqual(paths(yield* walked(nodes)), all.slice(0, 5))
      const strict = script(...Array.from({ length: 2 }, () => tree(fleeting)))
      assert.strictEqual((yield* Effect.flip(walked(strict, { vanished: "fail" }))).reason._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(walked(script(answer(404))))).reason._tag, "NotFound")
      const refused = script(tree(answers), answer(403))
      assert.strictEqual((yield* Effect.flip(walked(refused))).reason._tag, "Forbidden")
    })
  )

  it.effect("ends at once when it is left", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const nodes = script(tree(answers), () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
      const client = yield* makeClient(nodes)
      const fiber = yield* Effect.forkChild(Stream.runDrain(Namespace.make(client).walk("/d")))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      const other = script(tree(answers))
      const [first] = yield* Effect.flatMap(makeClient(other), (again) =>
        Stream.runCollect(Stream.take(Namespace.make(again).walk("/d"), 1))
      )
      assert.strictEqual(first?.path, "/d/1")
      assert.strictEqual(other.calls.length, 1)
    })
  )
})
