/**
 * `/fcfs_metadata/<path>/<metafile>`: the metadata of an object of the default namespace as small files.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ObjectVersion } from "../Change.ts"
import type { GatewayResponse } from "../Gateway.ts"
import { toHttpDate, toSeconds, toText } from "../internal/time.ts"
import * as Xml from "../internal/xml.ts"
import { toRetentionString } from "../Retention.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import { readAnnotation, removeAnnotation, storeAnnotation } from "./annotations.ts"
import { changeMetadata } from "./changeMetadata.ts"
import { bytesBody, noCacheHeaders, type Refusal, refusal, serviceHeaders } from "./exchange.ts"
import { findCurrent } from "./lookup.ts"
import { changeTimeMillis } from "./objectHeaders.ts"
import { need, type ObjectRequest, readText } from "./objectRequest.ts"
import { retentionOf } from "./systemMetadata.ts"

/** A request about one metafile; its path is that of the object. */
type Handler = (request: ObjectRequest) => Effect.Effect<GatewayResponse, Refusal | SimulatorError>

interface Metafile {
  readonly read: Handler
  readonly write?: Handler
  readonly remove?: Handler
}

/** More than any metadata needs. */
const maxText = 4096

/** A file whose text is made of what is known of the object. */
const textFile =
  (type: string, textOf: (request: ObjectRequest, version: ObjectVersion) => string): Handler =>
  (request) =>
    Effect.gen(function* () {
      yield* need(request, "read")
      const version = yield* Effect.fromResult(findCurrent(request))
      return {
        status: 200,
        headers: [
          ...serviceHeaders(request),
          ...noCacheHeaders,
          ["Content-Type", type],
          ["Last-Modified", toHttpDate(version.changed.millis)]
        ],
        body: bytesBody(textOf(request, version))
      }
    })

/** Takes a text as the new value of something, as a POST would. */
const writeParameter =
  (parametersOf: (text: string) => ReadonlyMap<string, string> | undefined): Handler =>
  (request) =>
    Effect.gen(function* () {
      const text = yield* readText(request, maxText)
      const parameters = parametersOf(text)
      if (parameters === undefined) return yield* refusal(400, `'${text.slice(0, 64)}' is not a value of this metafile`)
      const changed = yield* changeMetadata({
        ...request,
        parameters,
        request: { ...request.request, body: Stream.empty }
      })
      return { ...changed, status: 201 }
    })

const toFlag = (text: string): "true" | "false" | undefined =>
  text === "1" || text === "true" ? "true" : text === "0" || text === "false" ? "false" : undefined

const flag = (name: "index" | "shred"): Metafile => ({
  read: textFile("text/plain", (_, version) => `${version[name] ? 1 : 0}\n`),
  write: writeParameter((text) => {
    const value = toFlag(text.toLowerCase())
    return value === undefined ? undefined : new Map([[name, value]])
  })
})

const retention: Metafile = {
  read: textFile("text/plain", ({ namespace }, version) => {
    const setting = retentionOf(namespace, version)
    return `${setting.until}\n${toRetentionString(setting)}\n`
  }),
  write: writeParameter((text) => {
    const word = text.toLowerCase()
    if (word === "hold" || word === "unhold") return new Map([["hold", String(word === "hold")]])
    return text === "" ? undefined : new Map([["retention", text]])
  })
}

/** No form of this file is recorded; these are the names that the rest of the protocol uses. */
const coreMetadata = ({ namespace, path }: ObjectRequest, version: ObjectVersion): string => {
  const setting = retentionOf(namespace, version)
  const fields: ReadonlyArray<readonly [string, string | number | boolean]> = [
    ["name", path.at(-1) ?? ""],
    ["path", `/fcfs_data/${path.join("/")}`],
    ["size", version.size],
    ["hashScheme", version.hashScheme],
    ["hash", version.hash],
    ["ingestTime", toSeconds(version.createdMillis)],
    ["changeTimeMilliseconds", changeTimeMillis(version.changed)],
    ["retention", setting.until],
    ["retentionString", toRetentionString(setting)],
    ["retentionClass", setting.className],
    ["hold", version.hold],
    ["shred", version.shred],
    ["dpl", namespace.spec.dpl],
    ["index", version.index],
    ["replicated", version.replicated]
  ]
  const lines = fields.map(([name, value]) => `  ${Xml.text(name, String(value))}`)
  return `${Xml.declaration}${[Xml.open("coreMetadata"), ...lines, Xml.close("coreMetadata")].join("\n")}\n`
}

/** A file is there or not: what the rest of the protocol answers with 204 is a 404 here. */
const asFile =
  (handler: Handler): Handler =>
  (request) =>
    Effect.catchTag(handler({ ...request, parameters: new Map() }), "Refusal", (refused) =>
      Effect.fail(refused.status === 204 ? refusal(404) : refused)
    )

const metafiles: ReadonlyMap<string, Metafile> = new Map<string, Metafile>([
  [
    "created.txt",
    {
      read: textFile("text/plain", (_, { createdMillis }) => `${toSeconds(createdMillis)}\n${toText(createdMillis)}\n`)
    }
  ],
  ["dpl.txt", { read: textFile("text/plain", ({ namespace }) => `${namespace.spec.dpl}\n`) }],
  ["hash.txt", { read: textFile("text/plain", (_, { hash, hashScheme }) => `${hashScheme} ${hash}\n`) }],
  ["index.txt", flag("index")],
  ["replication.txt", { read: textFile("text/plain", (_, { replicated }) => `${replicated}\n`) }],
  ["retention.txt", retention],
  ["shred.txt", flag("shred")],
  ["tpof.txt", { read: textFile("text/plain", ({ namespace }) => `${namespace.spec.dpl - 1}\n`) }],
  ["core-metadata.xml", { read: textFile("text/xml", coreMetadata) }],
  [
    "custom-metadata.xml",
    { read: asFile(readAnnotation), write: asFile(storeAnnotation), remove: asFile(removeAnnotation) }
  ]
])

const handlerOf = (metafile: Metafile, method: string): Handler | undefined => {
  switch (method) {
    case "GET":
    case "HEAD":
      return metafile.read
    case "PUT":
      return metafile.write
    case "DELETE":
      return metafile.remove
    default:
      return undefined
  }
}

/**
 * Answers a request whose path ends in the name of a metafile: 404 where there is no such file or no such object, 405
 * for what cannot be done to it; else as the same thing is answered under `/rest`. A PUT to `index.txt`, `shred.txt` or
 * `retention.txt` takes `1`, `0`, a retention value, `Hold` or `Unhold`.
 *
 * @internal
 */
export const handle = (request: ObjectRequest): Effect.Effect<GatewayResponse, Refusal | SimulatorError> => {
  const metafile = metafiles.get(request.path.at(-1) ?? "")
  const path = request.path.slice(0, -1)
  const entry = request.namespace.tree.find(path)
  if (metafile === undefined || entry?._tag !== "Object") return Effect.fail(refusal(404))
  const handler = handlerOf(metafile, request.request.method)
  return handler === undefined ? Effect.fail(refusal(405)) : handler({ ...request, path })
}
