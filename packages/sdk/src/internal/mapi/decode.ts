/**
 * Reads an answer of the management API: XML and JSON become the same plain value, and a codec makes the typed one of it.
 *
 * Which of the two it is, the body itself says. In the plain value an element with children is a record, a repeated one a list, any
 * other a text; the root has no name, as in JSON. What a single child or an empty element means, only the codec knows.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { HcpError } from "../../HcpError.ts"
import type { HcpReply } from "../../HcpResponse.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"
import * as xml from "../xml.ts"
import type { Field } from "./fields.ts"

/** Where an answer comes from, for the error. */
export interface About {
  readonly operation: string
  readonly path: string
}

/** The typed value of an answer. Fails with `InvalidXml` or `UnexpectedAnswer`. */
export const decode = <A>(codec: Field<A>, reply: HcpReply, about: About): Effect.Effect<A, HcpError> =>
  Effect.flatMap(plain(reply, about), (value) => {
    const decoded = Schema.decodeUnknownResult(codec)(value)
    return Result.isSuccess(decoded)
      ? Effect.succeed(decoded.success)
      : Effect.fail(unexpected(reply, about, "a field is of another kind"))
  })

/** The plain value of an answer; an empty body is an empty text. Fails with `InvalidXml` or `UnexpectedAnswer`. */
export const plain = (reply: HcpReply, about: About): Effect.Effect<unknown, HcpError> => {
  const text = reply.text
  switch (/^\ufeff?\s*(\S?)/.exec(text)?.[1]) {
    case "":
      return Effect.succeed("")
    case "{":
    case "[":
      return Effect.try({
        try: (): unknown => JSON.parse(text),
        catch: () => unexpected(reply, about, "it is not the JSON it begins as")
      })
    default:
      return plainOfXml(reply.bytes, { operation: about.operation, target: reply.target, path: about.path })
  }
}

/** The plain value of an XML document. */
export const plainOfXml = (bytes: Uint8Array, options: xml.Options): Effect.Effect<unknown, HcpError> =>
  Effect.map(Stream.runCollect(xml.elements(Stream.make(bytes), 1, { nodes: 1_000_000, ...options })), ([root]) =>
    root === undefined ? "" : plainOf(root)
  )

const plainOf = (element: xml.XmlElement): unknown => {
  if (element.children.length === 0) return element.text
  const values = new Map<string, unknown>()
  const lists = new Map<string, Array<unknown>>()
  for (const child of element.children) {
    const value = plainOf(child)
    const many = lists.get(child.name)
    if (many !== undefined) many.push(value)
    else if (values.has(child.name)) {
      const both = [values.get(child.name), value]
      lists.set(child.name, both)
      values.set(child.name, both)
    } else values.set(child.name, value)
  }
  return Object.fromEntries(values)
}

const unexpected = (reply: HcpReply, { operation, path }: About, detail: string): HcpError =>
  new HcpError({
    operation,
    target: reply.target,
    path,
    reached: "answer",
    attempts: reply.failedAttempts,
    reason: new UnexpectedAnswer({ detail })
  })
