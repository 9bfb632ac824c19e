/**
 * Which format a request has and which one its answer shall have.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { GatewayRequest } from "../Gateway.ts"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import type { Format } from "./router.ts"

const formats: ReadonlyArray<readonly [type: string, format: Format]> = [
  ["application/xml", "xml"],
  ["application/json", "json"],
  ["application/javascript", "javascript"],
  ["text/csv", "csv"]
]

const covers = (range: string, type: string): boolean =>
  range === "*/*" || range === type || (range.endsWith("/*") && type.startsWith(range.slice(0, -1)))

/**
 * The format of the answer by the `Accept` header: the wanted one with the highest quality; XML if nothing is said.
 * Fails with 400 for a header that names no media type, with 415 for one that cannot be had.
 *
 * @internal
 */
export const accepted = (request: GatewayRequest, csv: boolean): Effect.Effect<Format, Refusal> => {
  const header = request.headers.accept?.trim() ?? ""
  if (header === "") return Effect.succeed("xml")
  const ranges = header.split(",").map((part) => {
    const [type = "", ...options] = part.split(";").map((piece) => piece.trim().toLowerCase())
    const quality = options.find((option) => option.startsWith("q="))
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) }
  })
  const broken = ranges.find(({ type }) => !/^[^\s/]+\/[^\s/]+$/.test(type))
  if (broken !== undefined) return Effect.fail(refusal(400, `there is no media type '${broken.type}'`))
  const offered = formats.filter(([, format]) => csv || format !== "csv")
  const wanted = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality)
  for (const { type } of wanted) {
    const found = offered.find(([offer]) => covers(type, offer))
    if (found !== undefined) return Effect.succeed(found[1])
  }
  return Effect.fail(refusal(415, `the media type ${header} is not supported for this resource`))
}

/**
 * The format of the body that was sent. Fails with 415 unless the content type is XML or JSON.
 *
 * @internal
 */
export const sent = (request: GatewayRequest): Effect.Effect<"xml" | "json", Refusal> => {
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase()
  if (type === "application/xml" || type === "text/xml") return Effect.succeed("xml")
  if (type === "application/json") return Effect.succeed("json")
  return Effect.fail(
    refusal(415, type === undefined ? "a Content-Type header is required" : `the media type ${type} is not supported`)
  )
}
