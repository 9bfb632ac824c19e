import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { makeNamespace, makeSystem, respond, send, status } from "./utils/exchange.ts"

const target = "/rest/d/a.txt?type=whole-object"
const sized = (size: number | string) => ({ "x-hcp-size": String(size) })

describe("storing a whole object", () => {
  it.effect("makes an object and its annotation of one body", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      const pieces = ["da", "ta<", "x", "/>"].map((text) => new TextEncoder().encode(text))
      const stored = yield* send(hcp, "PUT", `${target}&annotation=one&index=false`, {
        body: Stream.fromIterable(pieces).pipe(Stream.rechunk(1)),
        headers: sized(4)
      })
      assert.strictEqual(stored.status, 201)
      assert.strictEqual(
        stored.headers["x-hcp-hash"],
        "SHA-256 3A6EB0790F39AC87C94F3856B2DD2C5D110E6811602261A9A923D3BB23ADC8B7"
      )
      assert.match(stored.headers["x-hcp-custommetadatahash"] ?? "", /^SHA-256 [0-9A-F]{64}$/)
      const object = yield* send(hcp, "GET", "/rest/d/a.txt")
      assert.strictEqual(object.text, "data")
      assert.strictEqual(object.headers["x-hcp-custommetadataannotations"], "one;4")
      assert.strictEqual(object.headers["x-hcp-index"], "false")
      assert.strictEqual((yield* send(hcp, "GET", "/rest/d/a.txt?type=custom-metadata&annotation=one")).text, "<x/>")
    })
  )

  it.effect("does not care how the body is cut in pieces", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      const pieces = ["d", "at", "a<x", "/", ">", "<y", "/>"].map((text) => new TextEncoder().encode(text))
      for (const together of [1, 2, 3, 7]) {
        yield* send(hcp, "PUT", target, {
          body: Stream.fromIterable(pieces).pipe(Stream.rechunk(together)),
          headers: sized(4)
        })
        assert.strictEqual((yield* send(hcp, "GET", target)).text, "data<x/><y/>")
      }
    })
  )

  it.effect("works with an empty part at either end", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ versioning: true })
      yield* send(hcp, "PUT", target, { body: "<x/>", headers: sized(0) })
      assert.strictEqual((yield* send(hcp, "GET", "/rest/d/a.txt")).text, "")
      assert.strictEqual((yield* send(hcp, "GET", "/rest/d/a.txt?type=custom-metadata")).text, "<x/>")
      yield* send(hcp, "PUT", target, { body: "data", headers: sized(4) })
      assert.strictEqual(
        (yield* send(hcp, "HEAD", "/rest/d/a.txt")).headers["x-hcp-custommetadataannotations"],
        "default;0"
      )
    })
  )

  it.effect("needs the size of the data, and no more of it than there is", () =>
    Effect.gen(function* () {
      const hcp = yield* makeSystem()
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: "data" }), 400)
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: "data", headers: sized("four") }), 400)
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: "data", headers: sized(5) }), 400)
      const announced = { ...sized(5), "content-length": "4" }
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: "data", headers: announced }), 400)
      const cut = { ...sized(2), "content-length": "9" }
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: "data", headers: cut }), 503)
      const broken = Stream.concat(Stream.succeed(new Uint8Array(9)), Stream.fail("aborted" as const))
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: broken, headers: sized(5) }), 503)
      assert.strictEqual(yield* status(hcp, "PUT", `${target}&annotation=a%20b`, { headers: sized(0) }), 400)
      assert.strictEqual(yield* status(hcp, "HEAD", "/rest/d/a.txt"), 404)
      assert.strictEqual((yield* hcp.state).namespaces[0]?.bytes, 0)
    })
  )

  it.effect("leaves an empty object behind if the annotation is not the XML it should be", () =>
    Effect.gen(function* () {
      const hcp = yield* makeNamespace({ xmlChecking: true })
      assert.strictEqual(yield* status(hcp, "PUT", target, { body: "data<x>", headers: sized(4) }), 400)
      const left = yield* send(hcp, "GET", "/rest/d/a.txt")
      assert.strictEqual(left.status, 200)
      assert.strictEqual(left.text, "")
      assert.strictEqual(left.headers["x-hcp-custom-metadata"], "false")
    })
  )
})

describe("reading a whole object", () => {
  const makeStored = Effect.tap(makeSystem(), (hcp) =>
    send(hcp, "PUT", target, { body: "data<x/>", headers: sized(4) })
  )

  it.effect("gives the data and then the annotation, or the annotation first", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored
      const answer = yield* send(hcp, "GET", target)
      assert.strictEqual(answer.text, "data<x/>")
      assert.deepInclude(answer.headers, {
        "x-hcp-size": "4",
        "x-hcp-custommetadatafirst": "false",
        "x-hcp-custommetadatacontenttype": "text/xml",
        "x-hcp-datacontenttype": "text/plain",
        "content-length": "8"
      })
      const first = yield* send(hcp, "GET", target, { headers: { "x-hcp-custommetadatafirst": "true" } })
      assert.strictEqual(first.text, "<x/>data")
      assert.strictEqual(first.headers["x-hcp-custommetadatafirst"], "true")
      assert.strictEqual((yield* respond(hcp, "HEAD", target)).body._tag, "Empty")
    })
  )

  it.effect("takes no range, obeys conditions, and finds neither other annotations nor other objects", () =>
    Effect.gen(function* () {
      const hcp = yield* makeStored
      assert.strictEqual(yield* status(hcp, "GET", target, { headers: { range: "bytes=0-1" } }), 400)
      assert.strictEqual(yield* status(hcp, "GET", target, { headers: { "if-none-match": "*" } }), 304)
      assert.strictEqual(yield* status(hcp, "GET", target, { headers: { "accept-encoding": "br" } }), 406)
      assert.strictEqual(yield* status(hcp, "GET", `${target}&annotation=other`), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/b?type=whole-object"), 404)
      assert.strictEqual(yield* status(hcp, "GET", "/rest/d?type=whole-object"), 400)
    })
  )
})
