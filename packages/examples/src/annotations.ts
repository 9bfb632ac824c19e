/**
 * Keeps what is known of a scan beside the scan itself: annotations as values of a Schema, in XML (which HCP can
 * search) and in JSON.
 *
 *     npm run example -- annotations
 */
import { NodeRuntime } from "@effect/platform-node"
import { Annotation, HcpBody, Namespace } from "@effect-hcp/sdk"
import { Console, Effect, Option, Schema, Stream } from "effect"
import { simulated } from "./simulated.ts"

const Invoice = Schema.Struct({
  "@number": Schema.String,
  customer: Schema.String,
  due: Schema.Date,
  lines: Schema.Array(Schema.Struct({ text: Schema.String, cents: Schema.Int }))
})

const Ocr = Schema.Struct({ language: Schema.Literals(["de", "en"]), confidence: Schema.Finite })

const invoiceXml = Annotation.xml("invoice", Invoice)
const ocrJson = Annotation.json(Ocr)

const scan = "/scans/42.tif"

const program = Effect.gen(function* () {
  const { annotations, ...ns } = yield* Namespace.Namespace

  yield* ns.put(scan, HcpBody.text("the scanned pages"))
  yield* annotations.putAs(scan, "invoice", invoiceXml, {
    "@number": "42",
    customer: "Müller & Söhne",
    due: new Date("2026-12-24"),
    lines: [
      { text: "bottles", cents: 1990 },
      { text: "corks <large>", cents: 250 }
    ]
  })
  yield* annotations.putAs(scan, "ocr", ocrJson, { language: "de", confidence: 0.98 })
  yield* Console.log(yield* annotations.getText(scan, "invoice"))
  yield* Console.log(yield* annotations.getText(scan, "ocr"))

  yield* annotations
    .list(scan)
    .pipe(Stream.runForEach(({ contentType, name, size }) => Console.log(`${name}: ${size} bytes, ${contentType}`)))

  const invoice = yield* annotations.getAs(scan, "invoice", invoiceXml)
  const sum = invoice.lines.reduce((cents, line) => cents + line.cents, 0)
  yield* Console.log(`${invoice.customer} owes ${(sum / 100).toFixed(2)} until ${invoice.due.toDateString()}`)

  // What somebody else wrote may be something else; the error says where, and shows no values.
  yield* annotations.put(scan, "ocr", HcpBody.text(`{"language":"fr","confidence":1}`))
  yield* annotations.getAs(scan, "ocr", ocrJson).pipe(
    Effect.asVoid,
    Effect.catchReason("HcpError", "UnexpectedAnswer", ({ detail }) => Console.log(`not understood: ${detail}`))
  )

  // `find` takes an annotation that is not there for no error, a scan that is not there is one.
  yield* Console.log(`notes: ${Option.getOrElse(yield* annotations.findText(scan, "notes"), () => "none")}`)
  yield* annotations.findText("/scans/43.tif", "notes").pipe(
    Effect.asVoid,
    Effect.catchReason("HcpError", "NotFound", () => Console.log("there is no scan 43"))
  )
})

program.pipe(Effect.provide(simulated()), NodeRuntime.runMain)
