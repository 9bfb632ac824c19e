/**
 * Reads XML as a stream: bytes in, events or whole elements out, memory flat however long the document is.
 *
 * The parser is that of `effect/encoding/Xml`. Added is what an answer of a server needs: blanks before the document,
 * pages for people, limits of size, and an error that says where the answer came from and whether only its end is
 * missing. A DOCTYPE is refused before anything of it is read, so that there are no entities but the five of XML and
 * numeric references. HCP never sends a DOCTYPE.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/encoding/Xml"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { HcpError, isHcpError } from "../../HcpError.ts"
import { InvalidXml } from "../../WireReason.ts"
import type { Options, XmlElement, XmlEvent } from "../../XmlDocument.ts"
import { Prolog } from "./prolog.ts"
import { decodeUtf8, excerptOf } from "./text.ts"

// Small enough that a part is parsed in a few milliseconds, and others get their turn in between.
const partBytes = 32 * 1024
const maxHead = 2_048

/**
 * The events of a document, as they are read.
 *
 * Fails with `InvalidXml` for anything but one whole document within the limits (`isTruncated` where only the end is
 * missing), and as the source does. Whoever needs all or nothing must not act before the end of the stream.
 */
export const events = (
  source: Stream.Stream<Uint8Array, HcpError>,
  options: Options
): Stream.Stream<XmlEvent, HcpError> =>
  Stream.suspend(() => {
    const text = new DocumentText(options)
    // Depth is counted by the events, whose error says more.
    const parser = Encoding.decodeString<HcpError | Refusal>({
      // The parser takes no limit of 0, which is one for a document that has nothing in it.
      maxTokenSize: Math.max(1, options.markup ?? 1024 * 1024),
      maxDepth: Infinity
    })
    const parsed = Stream.pipeThroughChannel(texts(source, text), parser)
    return Stream.transformPull(parsed, (pull) =>
      Effect.sync(() => {
        const reader = new EventReader(options)
        const next: Pull.Pull<
          Arr.NonEmptyReadonlyArray<XmlEvent>,
          HcpError | Refusal | Encoding.XmlError
        > = Effect.flatMap(pull, (batch) => {
          const read = reader.read(batch)
          if (Result.isFailure(read)) return Effect.fail(read.failure)
          return Arr.isReadonlyArrayNonEmpty(read.success) ? Effect.succeed(read.success) : next
        })
        return next
      })
    ).pipe(
      Stream.mapError((error) =>
        isHcpError(error)
          ? error
          : new HcpError({
              operation: options.operation,
              target: options.target,
              path: options.path,
              reached: "answer",
              reason: text.invalid(error)
            })
      )
    )
  })

/** The text of a document in parts that take little time each. */
const texts = (
  source: Stream.Stream<Uint8Array, HcpError>,
  text: DocumentText
): Stream.Stream<string, HcpError | Refusal> =>
  Stream.transformPull(source, (pull) =>
    Effect.sync(() => {
      const parts: Array<Uint8Array> = []
      const emit = (read: Result.Result<string, Refusal>): Texts => {
        if (Result.isFailure(read)) return Effect.fail(read.failure)
        return read.success === "" ? next : Effect.succeed([read.success])
      }
      const more: Texts = Pull.matchEffect(pull, {
        onSuccess: (chunks) => {
          for (const chunk of chunks) {
            for (let at = 0; at < chunk.length; at += partBytes) parts.push(chunk.subarray(at, at + partBytes))
          }
          return next
        },
        onFailure: Effect.failCause,
        onDone: () => emit(text.end())
      })
      const next: Texts = Effect.suspend(() => {
        if (text.isOver) return Cause.done()
        const part = parts.shift()
        if (part === undefined) return more
        const read = emit(text.read(part))
        return parts.length > 0 ? Effect.andThen(Effect.yieldNow, read) : read
      })
      return next
    })
  )

type Texts = Pull.Pull<Arr.NonEmptyReadonlyArray<string>, HcpError | Refusal>

/**
 * The elements of one level (1 is the root, 2 its children), each with everything in it, as soon as it is closed.
 *
 * Fails as {@link events} does.
 */
export const elements = (
  source: Stream.Stream<Uint8Array, HcpError>,
  level: number,
  options: Options
): Stream.Stream<XmlElement, HcpError> =>
  Stream.suspend(() => {
    const maxNodes = options.nodes ?? 100_000
    const open: Array<Growing> = []
    let nodes = 0
    return Stream.transformPull(events(source, options), (pull) => {
      const next: Pull.Pull<Arr.NonEmptyReadonlyArray<XmlElement>, HcpError> = Effect.flatMap(pull, (batch) => {
        const whole: Array<XmlElement> = []
        for (const event of batch) {
          if (event._tag === "Text") {
            const last = open.at(-1)
            if (last !== undefined) last.text += event.text
          } else if (event.depth < level) {
          } else if (event._tag === "Open") {
            if (++nodes > maxNodes) {
              const { operation, path, target } = options
              const detail = `one of its elements holds more than ${maxNodes} others`
              return Effect.fail(
                new HcpError({ operation, target, path, reached: "answer", reason: new InvalidXml({ detail }) })
              )
            }
            const element: Growing = { name: event.name, attributes: event.attributes, text: "", children: [] }
            open.at(-1)?.children.push(element)
            open.push(element)
          } else {
            const closed = open.pop()
            if (closed !== undefined && event.depth === level) {
              whole.push(closed)
              nodes = 0
            }
          }
        }
        return Arr.isReadonlyArrayNonEmpty(whole) ? Effect.succeed(whole) : next
      })
      return Effect.succeed(next)
    })
  })

interface Growing extends XmlElement {
  text: string
  readonly children: Array<XmlElement>
}

/** Why a document is refused that may be XML all the same. */
class Refusal {
  readonly detail: string
  constructor(detail: string) {
    this.detail = detail
  }
}

/** The text of one document in the making, and what an error says of it. */
class DocumentText {
  readonly #options: Options
  readonly #decoder = new TextDecoder("utf-8", { fatal: true })
  readonly #prolog: Prolog
  readonly #maxBytes: number
  #head = ""
  #bytes = 0
  isOver = false

  constructor(options: Options) {
    this.#options = options
    this.#prolog = new Prolog(options.leadingBlanks ?? true)
    this.#maxBytes = options.bytes ?? 1024 * 1024 * 1024
  }

  /** The text of the next bytes, as far as it may be read. */
  read(part: Uint8Array): Result.Result<string, Refusal> {
    this.#bytes += part.length
    return this.#bytes > this.#maxBytes
      ? Result.fail(new Refusal(`it has more than ${this.#maxBytes} bytes`))
      : this.#take(part)
  }

  /** What was held back until the end of the document. */
  end(): Result.Result<string, Refusal> {
    this.isOver = true
    return Result.map(this.#take(undefined), (text) => text + this.#prolog.rest())
  }

  #take(part: Uint8Array | undefined): Result.Result<string, Refusal> {
    const decoded = decodeUtf8(this.#decoder, part)
    if (decoded === undefined) return Result.fail(new Refusal("it is not UTF-8"))
    const text = this.#prolog.skipBlanks(decoded)
    if (this.#head.length < maxHead) this.#head += text.slice(0, maxHead)
    return Result.mapError(this.#prolog.pass(text), (detail) => new Refusal(detail))
  }

  /** The reason that is made of an error. */
  invalid(error: Encoding.XmlError | Refusal): InvalidXml {
    const redact = this.#options.redact ?? ((text) => text)
    // Whatever was wrong before the end has been said before it, but of a text behind the root the parser knows that it
    // is one only when something follows.
    const isTruncated = this.isOver && !(Encoding.isXmlError(error) && error.message.startsWith("text after"))
    return new InvalidXml({
      detail: isTruncated ? "it breaks off before its end" : redact(this.#detailOf(error)).slice(0, 160),
      excerpt: excerptOf(redact(this.#head)),
      isTruncated
    })
  }

  #detailOf(error: Encoding.XmlError | Refusal): string {
    if (error instanceof Refusal) return error.detail
    if (error.kind === "Limit") return `a text or tag has more than ${this.#options.markup ?? 1024 * 1024} characters`
    // The parser quotes names of the document, however long they are.
    return error.message.replace(/^(.*) at line (\d+), column (\d+)$/s, "line $2, column $3: $1")
  }
}

/** What the parser reads, as events within the limits. */
class EventReader {
  readonly #root: string | undefined
  readonly #maxDepth: number
  readonly #maxAttributes: number
  #depth = 0

  constructor({ attributes = 256, depth = 64, root }: Options) {
    this.#root = root
    this.#maxDepth = depth
    this.#maxAttributes = attributes
  }

  read(found: Arr.NonEmptyReadonlyArray<Encoding.Event>): Result.Result<ReadonlyArray<XmlEvent>, Refusal> {
    const events: Array<XmlEvent> = []
    for (const event of found) {
      switch (event._tag) {
        case "Text":
          events.push(event)
          break
        case "EndElement":
          events.push({ _tag: "Close", name: event.name, depth: this.#depth-- })
          break
        case "StartElement": {
          const { attributes, name } = event
          const problem = this.#problemOf(name, attributes)
          if (problem !== undefined) return Result.fail(new Refusal(problem))
          events.push({ _tag: "Open", name, attributes, depth: this.#depth })
          break
        }
        case "Declaration":
          if (event.encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(event.encoding)) {
            return Result.fail(new Refusal(`its encoding is ${event.encoding.slice(0, 40)}, not UTF-8`))
          }
      }
    }
    return Result.succeed(events)
  }

  #problemOf(name: string, attributes: Readonly<Record<string, string>>): string | undefined {
    if (++this.#depth > this.#maxDepth) return `its elements are more than ${this.#maxDepth} deep inside each other`
    if (this.#depth === 1 && this.#root !== undefined && name.toLowerCase() !== this.#root.toLowerCase()) {
      return `its root is not the element ${this.#root}`
    }
    let count = 0
    for (const _ in attributes) {
      if (++count > this.#maxAttributes) return `an element has more than ${this.#maxAttributes} attributes`
    }
    return undefined
  }
}
