import { Effect, Stream } from "effect"
import { Xml } from "effect/encoding"

export interface Node {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Array<Node>
  text: string
}

/** Parses a document with a parser that is not ours; dies if it is not well formed. */
export const parseXml = (text: string) =>
  Stream.succeed(text).pipe(
    Stream.pipeThroughChannel(Xml.decodeString()),
    Stream.runFold(
      (): Array<Node> => [{ name: "", attributes: {}, children: [], text: "" }],
      (open, event) => {
        const parent = open.at(-1)
        if (event._tag === "StartElement") {
          const node: Node = { name: event.name, attributes: { ...event.attributes }, children: [], text: "" }
          parent?.children.push(node)
          open.push(node)
        } else if (event._tag === "EndElement") open.pop()
        else if (event._tag === "Text" && parent !== undefined) parent.text += event.text
        return open
      }
    ),
    Effect.flatMap(([document]) => {
      const root = document?.children[0]
      return root === undefined ? Effect.die("no root element") : Effect.succeed(root)
    }),
    Effect.orDie
  )
