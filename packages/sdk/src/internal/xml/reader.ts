/**
 * Reads XML as a stream: bytes in, events or whole elements out, memory flat however long the document is.
 *
 * The document must be well-formed UTF-8 to its last tag. A DOCTYPE is refused before anything of it is read, so that
 * there are no entities but the five of XML and numeric references; depth, attributes, sizes are bounded. HCP never
 * sends a DOCTYPE.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { SaxesParser } from "saxes"
import { HcpError } from "../../HcpError.ts"
import type { Redact } from "../../Redactor.ts"
import { InvalidXml } from "../../WireReason.ts"
import type { Limits, Options, XmlElement, XmlEvent } from "../../XmlDocument.ts"
import { decodeUtf8, excerptOf, isHtml, markupAt, withoutLeadingBlanks } from "./text.ts"

// Small enough that a part is parsed in a few milliseconds, and others get their turn in between.
const partBytes = 32 * 1024
const maxProlog = 64 * 1024

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
  Stream.transformPull(source, (pull) =>
    Effect.sync(() => {
      const reader = new Reader(options)
      const parts: Array<Uint8Array> = []
      let isOver = false
      const fail = (reason: InvalidXml) =>
        Effect.fail(
          new HcpError({
            operation: options.operation,
            target: options.target,
            path: options.path,
            reached: "answer",
            reason
          })
        )
      const emit = (read: Result.Result<ReadonlyArray<XmlEvent>, InvalidXml>): Events => {
        if (Result.isFailure(read)) return fail(read.failure)
        const found = read.success
        if (Arr.isReadonlyArrayNonEmpty(found)) return Effect.succeed(found)
        return isOver ? Cause.done() : next
      }
      const more: Events = Pull.matchEffect(pull, {
        onSuccess: (chunks) => {
          for (const chunk of chunks) {
            for (let at = 0; at < chunk.length; at += partBytes) parts.push(chunk.subarray(at, at + partBytes))
          }
          return next
        },
        onFailure: Effect.failCause,
        onDone: () => {
          isOver = true
          return emit(reader.end())
        }
      })
      const next: Events = Effect.suspend(() => {
        if (isOver) return Cause.done()
        const part = parts.shift()
        if (part === undefined) return more
        const events = emit(reader.read(part))
        return parts.length > 0 ? Effect.andThen(Effect.yieldNow, events) : events
      })
      return next
    })
  )

type Events = Pull.Pull<Arr.NonEmptyReadonlyArray<XmlEvent>, HcpError>

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

class Refusal extends Error {}

/** One document in the making. */
class Reader {
  readonly #root: string | undefined
  readonly #redact: Redact
  readonly #limits: Required<{ [K in keyof Limits]: number }>
  readonly #decoder = new TextDecoder("utf-8", { fatal: true })
  readonly #parser = new SaxesParser()
  #found: Array<XmlEvent> = []
  /** What comes before the root, held back until it is certain that no DOCTYPE does. */
  #prolog: string | undefined = ""
  /** How many blanks stood before the prolog; `undefined` where they belong to it. */
  #blanks: number | undefined
  #head = ""
  #bytes = 0
  #depth = 0
  #attributes = 0
  /** Where the last markup ended, in characters. */
  #markupEnd = 0

  constructor({ leadingBlanks = true, redact = (text) => text, root, ...limits }: Options) {
    this.#redact = redact
    this.#root = root
    this.#blanks = leadingBlanks ? 0 : undefined
    this.#limits = {
      depth: limits.depth ?? 64,
      attributes: limits.attributes ?? 256,
      markup: limits.markup ?? 1024 * 1024,
      bytes: limits.bytes ?? 1024 * 1024 * 1024,
      nodes: limits.nodes ?? 100_000
    }
    const parser = this.#parser
    // Six handlers and no more: they are properties of the parser, and with a few others added V8 makes a dictionary of
    // it, which takes five times as long.
    parser.on("attribute", () => {
      if (++this.#attributes > this.#limits.attributes) {
        throw new Refusal(`an element has more than ${this.#limits.attributes} attributes`)
      }
    })
    parser.on("opentag", ({ attributes, name }) => {
      this.#attributes = 0
      if (++this.#depth > this.#limits.depth) {
        throw new Refusal(`its elements are more than ${this.#limits.depth} deep inside each other`)
      }
      if (this.#depth === 1) {
        this.#checkEncoding(parser.xmlDecl.encoding)
        this.#checkRoot(name)
      }
      this.#add({ _tag: "Open", name, attributes, depth: this.#depth })
    })
    parser.on("closetag", ({ name }) => {
      this.#add({ _tag: "Close", name, depth: this.#depth })
      this.#depth--
    })
    const addText = (text: string) => {
      if (this.#depth > 0) this.#add({ _tag: "Text", text })
      else this.#markupEnd = parser.position
    }
    parser.on("text", addText)
    parser.on("cdata", addText)
    parser.on("comment", () => {
      this.#markupEnd = parser.position
    })
  }

  /** The events that end in this part. */
  read(part: Uint8Array): Result.Result<ReadonlyArray<XmlEvent>, InvalidXml> {
    return this.#guarded(() => {
      this.#bytes += part.length
      if (this.#bytes > this.#limits.bytes) throw new Refusal(`it has more than ${this.#limits.bytes} bytes`)
      this.#take(decodeUtf8(this.#decoder, part))
    })
  }

  /** The events that end with the document. */
  end(): Result.Result<ReadonlyArray<XmlEvent>, InvalidXml> {
    // Whatever was wrong before the end has been said before.
    return this.#guarded(() => {
      this.#take(decodeUtf8(this.#decoder, undefined))
      if (this.#prolog !== undefined) this.#pass(this.#prolog)
      this.#parser.close()
    }, true)
  }

  #checkEncoding(encoding: string | undefined): void {
    if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) {
      throw new Refusal(`its encoding is ${encoding.slice(0, 40)}, not UTF-8`)
    }
  }

  #checkRoot(name: string): void {
    if (this.#root !== undefined && name.toLowerCase() !== this.#root.toLowerCase()) {
      throw new Refusal(`its root is not the element ${this.#root}`)
    }
  }

  #take(decoded: string): void {
    const text = this.#prolog === "" ? this.#skipBlanks(decoded) : decoded
    if (this.#head.length < 2_048) this.#head += text.slice(0, 2_048)
    if (this.#prolog === undefined) return this.#pass(text)
    this.#prolog += text
    const markup = markupAt(this.#prolog)
    if (markup === undefined) {
      if ((this.#blanks ?? 0) + this.#prolog.length > maxProlog) {
        throw new Refusal(`its root does not begin within ${maxProlog} characters`)
      }
      return
    }
    if (isHtml(markup)) throw new Refusal("it is an HTML page")
    if (/^<!DOCTYPE/i.test(markup)) throw new Refusal("it has a DOCTYPE, which is never read")
    if (!markup.startsWith("<")) throw new Refusal("it does not begin with a tag")
    const prolog = this.#prolog
    this.#prolog = undefined
    this.#pass(prolog)
  }

  #skipBlanks(text: string): string {
    if (this.#blanks === undefined) return text
    const rest = withoutLeadingBlanks(text)
    this.#blanks += text.length - rest.length
    return rest
  }

  #pass(text: string): void {
    this.#parser.write(text)
    // What is not complete yet is held in memory by the parser.
    if (this.#parser.position - this.#markupEnd > this.#limits.markup + partBytes) {
      throw new Refusal(`a text or tag has more than ${this.#limits.markup} characters`)
    }
  }

  #add(event: XmlEvent): void {
    this.#markupEnd = this.#parser.position
    this.#found.push(event)
  }

  #guarded(step: () => void, isTruncated = false): Result.Result<ReadonlyArray<XmlEvent>, InvalidXml> {
    return Result.try({
      try: () => {
        step()
        const found = this.#found
        this.#found = []
        return found
      },
      catch: (error) =>
        new InvalidXml({
          detail: isTruncated ? "it breaks off before its end" : detailOf(error, this.#redact),
          excerpt: excerptOf(this.#redact(this.#head)),
          isTruncated
        })
    })
  }
}

const detailOf = (error: unknown, redact: Redact): string => {
  const message = error instanceof Error ? error.message : String(error)
  // The parser begins with line and column, and quotes names of the document, however long they are.
  return redact(message.replace(/^(\d+):(\d+): /, "line $1, column $2: ")).slice(0, 160)
}
