/**
 * User metadata, `x-amz-meta-*`: kept as an annotation named `.metapairs`, which the native API shows as well.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Annotation, ObjectVersion } from "../Change.ts"
import type { GatewayRequest } from "../Gateway.ts"
import * as Draft from "../gateway/annotationDraft.ts"
import type { Header } from "../gateway/exchange.ts"
import { isBranch } from "../internal/document.ts"
import * as Xml from "../internal/xml.ts"
import { fromXml } from "../mapi/format.ts"
import type { SimulatorError } from "../SimulatorError.ts"
import type { BucketCall, Failure, TenantCall } from "./call.ts"
import { refuse, type S3Refusal } from "./refusal.ts"

const annotationName = ".metapairs"
const prefix = "x-amz-meta-"
const maxBytes = 2048
/** Longer annotations were not made here. */
const maxAnnotation = 64 * 1024

/** Names, without `x-amz-meta-`, and values. */
export type Metadata = ReadonlyArray<readonly [name: string, value: string]>

// Headers come as the bytes they were sent as; what is in them is UTF-8.
const toText = (header: string): string => Buffer.from(header, "latin1").toString("utf8")
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header cannot hold
const toHeader = (text: string): string => Buffer.from(text.replace(/[\0-\x1f\x7f]/g, " "), "utf8").toString("latin1")

/** What is no character of an XML name becomes an underscore. */
const toXmlName = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, "_")

/** The headers of metadata in the case they were sent in, which HCP keeps: those of one name as one. */
const sentHeaders = ({ headers, rawHeaders }: GatewayRequest): ReadonlyMap<string, string> => {
  const sent = new Map<string, string>()
  const add = (header: string, value: string) => {
    if (!header.toLowerCase().startsWith(prefix)) return
    const name = header.slice(prefix.length)
    const before = sent.get(name)
    sent.set(name, before === undefined ? value : `${before},${value}`)
  }
  if (rawHeaders === undefined) for (const [name, value] of Object.entries(headers)) add(name, value)
  else for (let at = 0; at + 1 < rawHeaders.length; at += 2) add(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "")
  return sent
}

/**
 * The metadata that a request brings; an empty value counts as none. Fails with `MetadataTooLarge` beyond 2 KiB.
 *
 * @internal
 */
export const read = ({ request }: TenantCall): Effect.Effect<Metadata, S3Refusal> => {
  const pairs = [...sentHeaders(request)].flatMap(([name, value]) =>
    value.trim() === "" ? [] : [[toXmlName(name), toText(value.trim())] as const]
  )
  const size = pairs.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0)
  return size <= maxBytes
    ? Effect.succeed(pairs)
    : Effect.fail(refuse("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"))
}

/** @internal */
export const hasAny = ({ request }: TenantCall): boolean =>
  Object.keys(request.headers).some((name) => name.startsWith(prefix))

/**
 * Stores the annotation, if there is anything to store. Whoever calls has to remove its blob if the object is not made.
 *
 * @internal
 */
export const store = (
  call: BucketCall,
  metadata: Metadata
): Effect.Effect<ReadonlyArray<Omit<Annotation, "changed">>, Failure> => {
  if (metadata.length === 0) return Effect.succeed([])
  const xml = [
    Xml.open("metapairs", [["version", "600"]]),
    ...metadata.map(([name, value]) => Xml.text(`meta-${name}`, value)),
    Xml.close("metapairs")
  ].join("")
  return Effect.map(Draft.takeIn(call, Stream.succeed(new TextEncoder().encode(xml))), (draft) => [
    Draft.toAnnotation(annotationName, draft)
  ])
}

const parse = (text: string): Effect.Effect<Metadata | undefined> =>
  Effect.match(fromXml(text), {
    onFailure: () => undefined,
    onSuccess: ({ document, root }) => {
      if (root !== "metapairs") return undefined
      if (!isBranch(document)) return []
      return Object.entries(document).flatMap(([name, value]) =>
        name.startsWith("meta-") && typeof value === "string" ? [[name.slice("meta-".length), value] as const] : []
      )
    }
  })

/**
 * The headers that show the metadata of a version; `x-amz-missing-meta` where the annotation cannot be understood.
 *
 * @internal
 */
export const headersOf = Effect.fnUntraced(function* (
  { core }: TenantCall,
  { annotations }: ObjectVersion
): Effect.fn.Return<ReadonlyArray<Header>, SimulatorError> {
  const annotation = annotations.find(({ name }) => name === annotationName)
  if (annotation === undefined) return []
  const text = yield* core.blobs
    .read(annotation.blob, { start: 0, end: Math.min(annotation.size, maxAnnotation) })
    .pipe(Stream.decodeText(), Stream.mkString)
  const metadata = yield* parse(text)
  return metadata === undefined
    ? [["x-amz-missing-meta", "1"]]
    : metadata.map(([name, value]) => [prefix + name, toHeader(value)] as const)
})

/**
 * The annotations of a version without those of user metadata.
 *
 * @internal
 */
export const others = ({ annotations }: ObjectVersion): ReadonlyArray<Annotation> =>
  annotations.filter(({ name }) => name !== annotationName)
