import { assert, describe, it } from "@effect/vitest"
import * as AccessLog from "../src/internal/accessLog.ts"

const at = Date.UTC(2026, 10, 20, 14, 5, 7)

const entry: AccessLog.Entry = {
  node: "127.0.11.1",
  listener: "data",
  at,
  client: "127.0.0.1",
  user: "n",
  method: "PUT",
  target: "/rest/a%20b.txt?index=true",
  status: 201,
  bytes: 0,
  place: "n1.t1",
  millis: 12.4
}

const linesOf = (log: AccessLog.AccessLog) => log.files("127.0.11.1").flatMap(({ lines }) => lines)

describe("the access log", () => {
  it("writes a line in the common log format, with the namespace and the milliseconds", () => {
    const log = AccessLog.make()
    log.record(entry)
    log.record({ ...entry, client: undefined, user: undefined, place: undefined, status: 403 })
    assert.deepStrictEqual(linesOf(log), [
      '127.0.0.1 - n [20/Nov/2026:14:05:07 +0000] "PUT /rest/a%20b.txt?index=true HTTP/1.1" 201 0 n1.t1 12',
      '- - - [20/Nov/2026:14:05:07 +0000] "PUT /rest/a%20b.txt?index=true HTTP/1.1" 403 0 - 12'
    ])
  })

  it("keeps what a client sends from looking like another line", () => {
    const log = AccessLog.make()
    log.record({ ...entry, user: 'x" y\n127.0.0.9 é\ud800', target: '/rest/"a\r\nb\\' })
    const [line, ...more] = linesOf(log)
    assert.deepStrictEqual(more, [])
    assert.include(line ?? "", " x%22%20y%0A127.0.0.9%20%C3%A9%EF%BF%BD [")
    assert.include(line ?? "", '"PUT /rest/%22a%0D%0Ab%5C HTTP/1.1"')
  })

  it("never holds a password, however its parameter is written", () => {
    const hidden = AccessLog.hidePasswords
    const target = "/mapi/tenants?username=lisa&password=s3cret&forcePasswordChange=true"
    assert.strictEqual(hidden(target), "/mapi/tenants?username=lisa&password=***&forcePasswordChange=true")
    assert.strictEqual(hidden("/x?p%61ssWord=s3cret&newPassword=s3cret"), "/x?p%61ssWord=***&newPassword=***")
    assert.strictEqual(hidden("/x?%ZZ=1&+password+=s3cret&a"), "/x?%ZZ=1&+password+=***&a")
    assert.strictEqual(hidden("/rest/password=known"), "/rest/password=known")
    const log = AccessLog.make()
    log.record({ ...entry, listener: "mapi", target })
    assert.notInclude(linesOf(log).join(), "s3cret")
  })

  it("begins new files, newest first, and drops the oldest", () => {
    const log = AccessLog.make({ linesPerFile: 2, files: 2 })
    for (let second = 0; second < 7; second++) log.record({ ...entry, at: at + second * 1000, bytes: second })
    const files = log.files("127.0.11.1")
    assert.deepStrictEqual(
      files.map(({ name, lines }) => [name, lines.map((line) => line.split(" ")[9])]),
      [
        ["http_gateway_request.log.0", ["6"]],
        ["http_gateway_request.log.1", ["4", "5"]]
      ]
    )
    assert.deepStrictEqual([files[1]?.first, files[1]?.last], [at + 4000, at + 5000])
    assert.strictEqual(log.requests("127.0.11.1"), 7)
    const between = log.files("127.0.11.1", { start: at + 5000, end: at + 5999 })
    assert.deepStrictEqual(
      between.map(({ name, lines }) => [name, lines.length]),
      [["http_gateway_request.log.1", 1]]
    )
    assert.deepStrictEqual(log.files("127.0.11.9"), [])
  })

  it("has a log for each gateway, and marks them all", () => {
    const log = AccessLog.make()
    log.record({ ...entry, listener: "admin" })
    log.record({ ...entry, listener: "mapi" })
    log.mark(["127.0.11.1", "127.0.11.2"], at, "begin\nof test")
    assert.deepStrictEqual(
      log.files("127.0.11.1").map(({ name, lines }) => [name, lines.length]),
      [
        ["admin_request.log.0", 2],
        ["http_gateway_request.log.0", 1],
        ["mapi_gateway_request.log.0", 2]
      ]
    )
    assert.deepStrictEqual(log.files("127.0.11.2")[0]?.lines, ["[20/Nov/2026:14:05:07 +0000] MARK begin of test"])
  })
})
