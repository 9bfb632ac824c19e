import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { HcpError } from "../../src/HcpError.ts"
import * as HealthCheck from "../../src/mapi/HealthCheck.ts"
import * as Logs from "../../src/mapi/Logs.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import type { PackageStatus } from "../../src/mapi/Package.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import { brokenOff, type Step } from "../utils/ScriptedNodes.ts"
import { admin, done, json, over, refused, xml } from "./script.ts"

const system = <A, E>(steps: ReadonlyArray<Step>, effect: Effect.Effect<A, E, Mapi.Mapi>) =>
  over(steps, effect, {}, { fqdn: admin, retry: RetryPolicy.never })

const refusedField = <A>(effect: Effect.Effect<A, HcpError, Mapi.Mapi>) =>
  Effect.map(system([], Effect.flip(effect)), ({ calls, value }) => {
    assert.lengthOf(calls, 0)
    return value.reason._tag === "InvalidInput" ? value.reason.field : value.reason._tag
  })

const day = (text: string) => DateTime.makeUnsafe(text)

const statusXml = (flags: string, content = "ACCESS,SYSTEM,SERVICE,APPLICATION"): Step => {
  const [ready, streaming, started, error] = Array.from(flags, (flag) => flag === "1")
  return xml(
    `<logDownloadStatus>\n  <readyForStreaming>${ready}</readyForStreaming><streamingInProgress>${streaming}</streamingInProgress><started>${started}</started><error>${error}</error><content>${content}</content></logDownloadStatus>`
  )
}
const preparing = statusXml("0010")
const ready = statusXml("1010")

const zip = (body: string, name = "HCPLogs-admin.hcp1.example.com-n17-sp20260301-1225.zip"): Step => ({
  status: 200,
  headers: {
    "Content-Type": "application/zip",
    "Content-Disposition": `attachment; filename=${name}`,
    "Accept-Ranges": "none"
  },
  body
})

describe("Logs", () => {
  it.effect("are marked with any text but none", () =>
    Effect.gen(function* () {
      const { sent } = yield* system([done], Logs.mark("before & after + 100%"))
      assert.deepStrictEqual(sent, [
        {
          line: "POST /mapi/logs?mark=before%20%26%20after%20%2B%20100%25",
          body: "",
          type: undefined,
          accept: undefined
        }
      ])
      assert.strictEqual(yield* refusedField(Logs.mark(" ")), "text")
    })
  )

  it.effect("are prepared for days, as the zone of the value has them, and S nodes", () =>
    Effect.gen(function* () {
      const from = DateTime.makeZonedUnsafe("2026-02-28T23:30:00Z", { timeZone: "Europe/Berlin" })
      const { sent } = yield* system(
        [done, done, done],
        Effect.gen(function* () {
          yield* Logs.prepare({ from, to: day("2026-03-02T23:59:00Z"), snodes: ["s1", "s2"] })
          yield* Logs.prepare()
          yield* Logs.prepare({ from }).pipe(Effect.provideService(Mapi.CurrentSettings, { format: "json" }))
        })
      )
      assert.deepStrictEqual(
        sent.map(({ body, line, type }) => [line, type, body.replace(/<\?.*?\?>/, "")]),
        [
          [
            "POST /mapi/logs/prepare",
            "application/xml",
            "<logPrepare><startDate>03/01/2026</startDate><endDate>03/02/2026</endDate><snodes>s1,s2</snodes></logPrepare>"
          ],
          ["POST /mapi/logs/prepare", "application/xml", "<logPrepare/>"],
          ["POST /mapi/logs/prepare", "application/json", '{"startDate":"03/01/2026"}']
        ]
      )
    })
  )

  it.effect("are refused before a byte is sent where HCP would do something else than was meant", () =>
    Effect.gen(function* () {
      const late = day("2026-03-02")
      const early = day("2026-03-01")
      assert.strictEqual(yield* refusedField(Logs.prepare({ from: late, to: early })), "to")
      assert.strictEqual(yield* refusedField(Logs.prepare({ from: day("0900-01-01") })), "from")
      assert.strictEqual(yield* refusedField(Logs.prepare({ snodes: ["a,b"] })), "snodes")
      const download = (options: Logs.DownloadOptions) => refusedField(Effect.scoped(Logs.download(options)))
      assert.strictEqual(yield* download({ content: [] }), "content")
      assert.strictEqual(yield* download({ nodes: [] }), "nodes")
      assert.strictEqual(yield* download({ nodes: [0] }), "nodes")
      assert.strictEqual(yield* download({ nodes: [1.5] }), "nodes")
      assert.strictEqual(yield* download({ snodes: [""] }), "snodes")
      // Nothing is prepared that cannot be downloaded.
      assert.strictEqual(yield* refusedField(Effect.scoped(Logs.collect({ content: [] }))), "content")
    })
  )

  it.effect("that are packaged already are told from a bad request", () =>
    Effect.gen(function* () {
      for (const [step, tag] of [
        [refused(400, "A log download is already in progress."), "PackageBusy"],
        [refused(400), "PackageBusy"],
        [refused(400, "Invalid date"), "BadRequest"],
        [refused(403), "Forbidden"]
      ] as const) {
        const { value } = yield* system([step], Effect.flip(Logs.prepare()))
        assert.strictEqual(value.reason._tag, tag)
        assert.strictEqual(value.reached, "answer")
      }
    })
  )

  it.effect("have one status, decided in the order of what matters, the same from XML and JSON", () =>
    Effect.gen(function* () {
      const tags: ReadonlyArray<readonly [flags: string, tag: PackageStatus["_tag"]]> = [
        ["0000", "Idle"],
        ["0010", "Preparing"],
        ["1010", "Ready"],
        ["0110", "Streaming"],
        ["1110", "Ready"],
        ["1111", "Failed"],
        ["0001", "Failed"]
      ]
      for (const [flags, tag] of tags) {
        const one = yield* system([statusXml(flags)], Logs.status)
        assert.deepStrictEqual(one.value, { _tag: tag, content: ["ACCESS", "SYSTEM", "SERVICE", "APPLICATION"] }, flags)
      }
      const { value } = yield* system(
        [
          json({
            readyForStreaming: "true",
            streamingInProgress: false,
            started: true,
            content: "ACCESS, SYSTEM",
            packageNodes: "1"
          })
        ],
        Logs.status
      )
      assert.deepStrictEqual(value, { _tag: "Ready", content: ["ACCESS", "SYSTEM"] })
      assert.deepStrictEqual((yield* system([statusXml("0000", "")], Logs.status)).value.content, [])
    })
  )

  it.effect("are downloaded as chosen, as a stream with a safe name", () =>
    Effect.gen(function* () {
      const read = (options?: Logs.DownloadOptions) =>
        Effect.scoped(
          Effect.flatMap(Logs.download(options), ({ contentType, fileName, stream }) =>
            Effect.map(Stream.mkString(Stream.decodeText(stream)), (text) => ({ contentType, fileName, text }))
          )
        )
      const { sent, value } = yield* system(
        [zip("PK1"), zip("PK2", "../../x.zip"), { status: 200, body: "PK3" }],
        Effect.all([read({ nodes: [17, 18], content: ["SERVICE"] }), read({ nodes: [], snodes: ["s1"] }), read()])
      )
      assert.deepStrictEqual(value, [
        {
          fileName: "HCPLogs-admin.hcp1.example.com-n17-sp20260301-1225.zip",
          contentType: "application/zip",
          text: "PK1"
        },
        { fileName: "x.zip", contentType: "application/zip", text: "PK2" },
        { fileName: "HCPLogs.zip", contentType: undefined, text: "PK3" }
      ])
      assert.deepStrictEqual(
        sent.map(({ accept, body, line }) => [line, accept, body.replace(/<\?.*?\?>/, "")]),
        [
          "<nodes>17,18</nodes><snodes/><content>SERVICE</content>",
          "<nodes/><snodes>s1</snodes><content>ACCESS,SYSTEM,SERVICE,APPLICATION</content>",
          "<snodes/><content>ACCESS,SYSTEM,SERVICE,APPLICATION</content>"
        ].map((body) => ["POST /mapi/logs/download", "*/*", `<logDownload>${body}</logDownload>`])
      )
    })
  )

  it.effect("are collected in one go: prepare, looks, download, cancel", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkScoped(
        system(
          [done, preparing, preparing, ready, zip("PK"), done],
          Effect.scoped(
            Effect.flatMap(Logs.collect({ from: day("2026-03-01"), content: ["ACCESS"] }), (download) =>
              Stream.mkString(Stream.decodeText(download.stream))
            )
          )
        )
      )
      yield* TestClock.adjust("10 seconds")
      const { sent, value } = yield* Fiber.join(fiber)
      assert.strictEqual(value, "PK")
      assert.deepStrictEqual(
        sent.map((each) => each.line),
        [
          "POST /mapi/logs/prepare",
          "GET /mapi/logs",
          "GET /mapi/logs",
          "GET /mapi/logs",
          "POST /mapi/logs/download",
          "POST /mapi/logs?cancel"
        ]
      )
    })
  )

  it.effect("are cancelled once, at once, when their collection is interrupted", () =>
    Effect.gen(function* () {
      const { sent } = yield* system(
        [done, preparing, preparing, done],
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(Effect.scoped(Logs.collect()))
          yield* TestClock.adjust("7 seconds")
          yield* Fiber.interrupt(fiber)
        })
      )
      assert.deepStrictEqual(
        sent.map((each) => each.line),
        ["POST /mapi/logs/prepare", "GET /mapi/logs", "GET /mapi/logs", "POST /mapi/logs?cancel"]
      )
    })
  )

  it.effect("fail to be collected when the download breaks off, and are cancelled", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [done, ready, brokenOff, done],
        Effect.flip(Effect.scoped(Effect.flatMap(Logs.collect(), (download) => Stream.runDrain(download.stream))))
      )
      assert.strictEqual(value.reason._tag, "IncompleteBody")
      assert.strictEqual(sent.at(-1)?.line, "POST /mapi/logs?cancel")
      assert.lengthOf(sent, 4)
    })
  )

  it("are numbered by the last part of an address", () => {
    assert.strictEqual(Logs.nodeNumber("192.0.2.17"), 17)
    for (const none of ["2001:db8::17", "node17", "192.0.2", "192.0.2.300"]) assert.isUndefined(Logs.nodeNumber(none))
  })
})

describe("HealthCheck", () => {
  it.effect("is prepared, looked at, downloaded and cancelled as logs are, in words of its own", () =>
    Effect.gen(function* () {
      const { sent, value } = yield* system(
        [
          done,
          xml(
            "<healthCheckDownloadStatus><readyForStreaming>true</readyForStreaming><content>HCR</content></healthCheckDownloadStatus>"
          ),
          zip("PK", "HCR.zip"),
          done
        ],
        Effect.scoped(
          Effect.gen(function* () {
            const download = yield* HealthCheck.collect({
              from: day("2026-03-01"),
              to: day("2026-03-02"),
              exactTime: "04:00",
              collectCurrent: false,
              nodes: [107, 120]
            })
            return [download.fileName, yield* Stream.mkString(Stream.decodeText(download.stream))]
          })
        )
      )
      assert.deepStrictEqual(value, ["HCR.zip", "PK"])
      assert.deepStrictEqual(
        sent.map(({ body, line }) => [line, body.replace(/<\?.*?\?>/, "")]),
        [
          [
            "POST /mapi/healthCheckReport/prepare",
            "<healthCheckPrepare><startDate>03/01/2026</startDate><endDate>03/02/2026</endDate><exactTime>04:00</exactTime><collectCurrent>false</collectCurrent></healthCheckPrepare>"
          ],
          ["GET /mapi/healthCheckReport", ""],
          [
            "POST /mapi/healthCheckReport/download",
            "<healthCheckDownload><nodes>107,120</nodes><content>HCR</content></healthCheckDownload>"
          ],
          ["POST /mapi/healthCheckReport?cancel", ""]
        ]
      )
    })
  )

  it.effect("is refused before a byte is sent where a time or a choice is none", () =>
    Effect.gen(function* () {
      for (const exactTime of ["4:00", "24:00", "04:60", "noon"]) {
        assert.strictEqual(yield* refusedField(HealthCheck.prepare({ exactTime })), "exactTime")
      }
      assert.strictEqual(yield* refusedField(Effect.scoped(HealthCheck.download({ nodes: [] }))), "nodes")
      assert.strictEqual(yield* refusedField(Effect.scoped(HealthCheck.collect({ nodes: [-1] }))), "nodes")
    })
  )
})
