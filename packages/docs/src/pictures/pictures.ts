/**
 * The pictures of the concepts.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { site } from "../layout.ts"
import { arrow, box, line, picture, words } from "./drawing.ts"

const columns = [20, 124, 228, 332]

const nodes = picture("One name leads to four nodes, and a second name to the replica", 372, [
  box(120, 16, 200, 48, ["your program", "one client"], "ours"),
  arrow([220, 64], [220, 96]),
  words(230, 84, "asks for the name once", { look: "small soft" }),
  box(90, 98, 260, 48, ["n1.t1.hcp1.example.com", "a name server knows all nodes"]),
  ...columns.flatMap((x, index) => [
    arrow([220, 146], [x + 44, 186], index === 2),
    box(
      x,
      188,
      88,
      48,
      [`node ${index + 1}`, index === 2 ? "left out" : `10.1.2.${index + 1}`],
      index === 2 ? "bad" : "good"
    )
  ]),
  line([20, 254], [420, 254]),
  words(220, 272, "one system: every node has every object", { at: "middle", look: "small soft" }),
  arrow([220, 282], [220, 312], true),
  words(230, 302, "while no node answers", { look: "small soft" }),
  box(40, 314, 360, 48, ["n1.t1.hcp2.example.com", "the replica: a second system, some seconds behind"])
])

const steps: ReadonlyArray<readonly [string, string]> = [
  ["gateway", "options become a request"],
  ["client", "span, metrics, the deadline of all of it"],
  ["strategy", "which system: primary or replica"],
  ["call", "attempts: stop, once more now, or later"],
  ["pool", "a node and a connection, or one line"],
  ["connection", "bytes, and TLS verified by name"],
  ["judge", "HCP's answer, to this, and whole?"]
]

const request = picture("The way of a request, from the call down to the wire and back", 60 * steps.length + 20, [
  ...steps.flatMap(([name, about], index) => [
    box(20, 14 + index * 60, 124, 40, [name], index === 0 ? "ours" : index === 6 ? "good" : "plain"),
    words(158, 39 + index * 60, about, { look: "small" }),
    ...(index === steps.length - 1 ? [] : [arrow([82, 54 + index * 60], [82, 73 + index * 60])])
  ])
])

const retries = picture("What a retry may repeat", 420, [
  box(120, 16, 200, 40, ["an attempt failed"], "ours"),
  arrow([220, 56], [220, 86]),
  box(90, 88, 260, 44, ["was anything sent?"]),
  arrow([110, 132], [80, 172]),
  words(60, 152, "no", { look: "small soft" }),
  box(12, 174, 136, 64, ["repeat it", "any request,", "at another node"], "good"),
  arrow([250, 132], [270, 172]),
  words(272, 156, "yes", { look: "small soft" }),
  box(168, 174, 260, 44, ["is the same again harmless?", "GET, HEAD, PUT, DELETE"]),
  arrow([210, 218], [180, 258]),
  words(166, 238, "yes", { look: "small soft" }),
  box(62, 260, 180, 64, ["repeat it", "then look what is there,", "if HCP now refuses"], "good"),
  arrow([370, 218], [370, 258]),
  words(380, 242, "no", { look: "small soft" }),
  box(268, 260, 160, 64, ["stop", "POST, or a body that", "can be read only once"], "bad"),
  arrow([152, 324], [152, 352]),
  box(12, 354, 280, 48, ["the same size and hash are there", "so the lost answer was a success"], "good"),
  arrow([348, 324], [348, 352]),
  box(300, 354, 132, 48, ["the error", "says how far it got"], "bad")
])

const retention = picture("Retention over time: nothing, stored, kept, extended, deletable", 330, [
  line([30, 120], [420, 120]),
  arrow([400, 120], [428, 120]),
  words(20, 24, "retention A+10y, from the day it was stored", { look: "bold" }),
  box(30, 92, 220, 28, ["not deleted, not replaced"], "bad"),
  box(250, 92, 80, 28, ["extended"], "bad"),
  box(330, 92, 84, 28, ["deletable"], "good"),
  line([30, 60], [30, 132]),
  words(34, 72, "stored", { look: "small soft" }),
  line([250, 60], [250, 132]),
  words(254, 72, "10 years", { look: "small soft" }),
  line([330, 60], [330, 132]),
  words(334, 72, "12 years", { look: "small soft" }),
  words(30, 160, "later may be said, earlier never", { look: "small soft" }),
  words(20, 204, "a hold, for as long as somebody needs it", { look: "bold" }),
  line([30, 262], [420, 262]),
  arrow([400, 262], [428, 262]),
  box(120, 234, 200, 28, ["held: case 7"], "bad"),
  line([120, 222], [120, 274]),
  line([320, 222], [320, 274]),
  words(30, 254, "free", { look: "small soft" }),
  words(336, 254, "free again", { look: "small soft" }),
  words(30, 300, "while it is held, nothing deletes it, whatever its retention", { look: "small soft" })
])

/** All pictures, by the name of their file. */
export const pictures: Readonly<Record<string, string>> = { nodes, request, retries, retention }

/** Writes them where the site serves them. */
export const write = (): void => {
  const folder = Path.join(site, "public/pictures")
  Fs.mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(pictures)) Fs.writeFileSync(Path.join(folder, `${name}.svg`), text)
}
