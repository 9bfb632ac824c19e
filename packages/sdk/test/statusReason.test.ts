import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as HcpHeaders from "../src/HcpHeaders.ts"
import { fromStatus } from "../src/internal/request/statusReason.ts"

const none = HcpHeaders.make()

describe("fromStatus", () => {
  it("names a reason for every status of the manual", () => {
    const expected: Readonly<Record<number, string>> = {
      302: "Redirected",
      304: "NotModified",
      400: "BadRequest",
      401: "Forbidden",
      403: "Forbidden",
      404: "NotFound",
      405: "UnexpectedStatus",
      406: "UnexpectedStatus",
      409: "Conflict",
      410: "Gone",
      412: "PreconditionFailed",
      413: "TooLarge",
      414: "TooLarge",
      415: "UnexpectedStatus",
      416: "RangeNotSatisfiable",
      429: "Busy",
      500: "ServerError",
      502: "ServerError",
      503: "Busy",
      504: "ServerError",
      507: "UnexpectedStatus"
    }
    for (const [status, tag] of Object.entries(expected)) {
      const reason = fromStatus(Number(status), none)
      assert.strictEqual(reason?._tag, tag)
      assert.strictEqual(reason?.status, Number(status))
    }
    for (const status of [200, 201, 204, 206]) assert.isUndefined(fromStatus(status, none))
  })

  it("passes on what HCP says, and where it sends", () => {
    const detail = (text: string) => fromStatus(403, HcpHeaders.make({ "X-HCP-ErrorMessage": text }))?.detail
    assert.strictEqual(detail("'password' parameter is required."), "'password' parameter is required.")
    assert.isUndefined(detail(" "))
    assert.strictEqual(detail("x".repeat(9000))?.length, 500)
    const moved = fromStatus(302, HcpHeaders.make({ Location: "/login" }))
    assert.strictEqual(moved?._tag === "Redirected" ? moved.location : undefined, "/login")
  })

  it("passes on what is stored where nothing of it is sent: the ETag of a 304, the size with a 416", () => {
    const tag = (etag: string) => {
      const reason = fromStatus(304, HcpHeaders.make({ ETag: etag }))
      return reason?._tag === "NotModified" ? reason.etag : undefined
    }
    assert.strictEqual(tag('"68791e1b"'), '"68791e1b"')
    for (const none of ["", "68791e1b", '"a password"', `"${"a".repeat(129)}"`]) assert.isUndefined(tag(none))
    const outside = (range: string) => {
      const reason = fromStatus(416, HcpHeaders.make({ "Content-Range": range }))
      return reason?._tag === "RangeNotSatisfiable" ? [reason.size, reason.message] : []
    }
    assert.deepStrictEqual(outside("bytes */17"), [17, "the range is outside the object, which has 17 bytes (416)"])
    for (const none of ["", "bytes 0-1/17", "bytes */*", "bytes */9999999999999999"]) {
      assert.deepStrictEqual(outside(none), [undefined, "the range is outside the object (416); ask HEAD for its size"])
    }
  })

  it("passes on nothing of a redirect that may hold a password", () => {
    for (const [location, expected] of [
      ["https://admin.hcp1.example.com:8000/users?password=hunter2", "https://admin.hcp1.example.com:8000/users"],
      ["/login#token=hunter2", "/login"],
      ["https://joe:hunter2@proxy.example.com/?to=x", "https://proxy.example.com/"],
      ["//joe:hunter2@proxy.example.com/a@b", "//proxy.example.com/a@b"],
      ["?password=hunter2\n", ""]
    ] as const) {
      const moved = fromStatus(302, HcpHeaders.make({ Location: location }))
      assert.strictEqual(moved?._tag === "Redirected" ? moved.location : undefined, expected)
    }
  })
})

describe("Retry-After", () => {
  const seconds = (headers: Record<string, string>, now?: number) => {
    const reason = fromStatus(503, HcpHeaders.make(headers), now)
    const after = reason?._tag === "Busy" ? reason.retryAfter : undefined
    return after === undefined ? undefined : Duration.toSeconds(after)
  }
  const date = "Tue, 01 Jan 2030 00:00:00 GMT"

  it("is seconds, or a date against the answer's own clock", () => {
    assert.strictEqual(seconds({ "Retry-After": "120" }), 120)
    assert.strictEqual(seconds({ "Retry-After": "0" }), 0)
    assert.strictEqual(seconds({ "Retry-After": "Tue, 01 Jan 2030 00:01:30 GMT", Date: date }, 5), 90)
    assert.strictEqual(seconds({ "Retry-After": "Tue Jan  1 00:01:30 2030", Date: date }), 90)
    assert.strictEqual(seconds({ "Retry-After": "Tuesday, 01-Jan-30 00:01:30 GMT", Date: date }), 90)
  })

  it("falls back to the given time, and is never negative", () => {
    assert.strictEqual(seconds({ "Retry-After": date }, Date.UTC(2030, 0, 1) - 7000), 7)
    assert.strictEqual(seconds({ "Retry-After": date }, Date.UTC(2031, 0, 1)), 0)
    assert.isUndefined(seconds({ "Retry-After": date }))
  })

  it("is ignored when it is junk", () => {
    for (const junk of ["", "-5", "1.5", "soon", "5s", "Tue, banana"]) {
      assert.isUndefined(seconds({ "Retry-After": junk, Date: date }))
    }
    assert.isUndefined(seconds({}))
  })

  it("is as long as a duration can hold, however many digits it has", () => {
    assert.strictEqual(seconds({ "Retry-After": "9".repeat(400), Date: date }), 1_000_000_000)
  })
})
