/** Folders and scripted nodes for the tests of transfers. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Effect, Stream } from "effect"
import * as Namespace from "../../src/namespace/Namespace.ts"
import * as Transfer from "../../src/namespace/Transfer.ts"
import type * as Transport from "../../src/Transport.ts"
import { bodyOf, created, digest, directory, makeNamespace, objectOf } from "./namespaces.ts"
import { always, answer, lost, type ScriptedNodes, type Step } from "./ScriptedNodes.ts"

export const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "transfer-")))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** Writes files below a folder; a name that ends with a slash is a folder. */
export const fill = (folder: string, files: Readonly<Record<string, string>>) =>
  Effect.sync(() => {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name)
      fs.mkdirSync(name.endsWith("/") ? file : path.dirname(file), { recursive: true })
      if (!name.endsWith("/")) fs.writeFileSync(file, text)
    }
  })

/** Every file below a folder, with its text. */
export const filesIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name)
        return [path.relative(folder, file), fs.readFileSync(file, "utf8")]
      })
  )

export const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")

export const fileEntry = (name: string, text: string) =>
  `<entry urlName="${encodeURIComponent(name)}" utf8Name="${escaped(name)}" type="object" size="${Buffer.byteLength(text)}" hashScheme="SHA-256" hash="${digest("sha256", text)}" state="created"/>`

export const entry = (type: string, name: string) =>
  `<entry urlName="${encodeURIComponent(name)}" utf8Name="${escaped(name)}" type="${type}" symlinkTarget="x" state="created"/>`

/** Nodes that hold these objects and listings, by the path on the wire, and keep what is stored. */
export const holding = (
  objects: Record<string, string>,
  listings: Readonly<Record<string, string>> = {},
  steps: Readonly<Record<string, Step>> = {}
): ScriptedNodes =>
  always((request: Transport.WireRequest) =>
    Effect.gen(function* () {
      const [name = ""] = request.path.split("?")
      const step = steps[`${request.method} ${name}`]
      if (typeof step === "function") return yield* step(request)
      if (step !== undefined) return yield* "_tag" in step ? Effect.fail(step) : Effect.succeed(step)
      const listing = listings[name]
      if (listing !== undefined) {
        return answer(200, directory, `<?xml version="1.0"?><directory path="${name}">${listing}</directory>`)
      }
      if (request.method === "PUT") {
        // A body that breaks off breaks the connection.
        const text = (yield* Effect.catchDefect(bodyOf(request), () => Effect.fail(lost))).toString()
        if (objects[name] !== undefined) return answer(412)
        objects[name] = text
        return created(text)
      }
      const text = objects[name]
      if (text === undefined) return answer(404)
      return answer(200, objectOf(text), request.method === "GET" ? text : undefined)
    })
  )

export const provide =
  (nodes: ScriptedNodes) =>
  <A, E>(effect: Effect.Effect<A, E, Namespace.Namespace>) =>
    Effect.flatMap(makeNamespace(nodes), (ns) => Effect.provideService(effect, Namespace.Namespace, ns))

export const shown = (outcomes: ReadonlyArray<Transfer.Outcome>) =>
  outcomes
    .map((one) => {
      const why =
        one._tag === "Failed"
          ? ` ${one.error._tag === "HcpError" ? one.error.reason._tag : one.error.reason}`
          : one._tag === "Skipped"
            ? ` ${one.reason}`
            : ""
      return `${one._tag} ${one.name}${why}`
    })
    .sort()

export const up = (folder: string, nodes: ScriptedNodes, options?: Transfer.UploadOptions) =>
  provide(nodes)(Stream.runCollect(Transfer.upload(folder, "/t", options)))

export const down = (folder: string, nodes: ScriptedNodes, options?: Transfer.DownloadOptions) =>
  provide(nodes)(Stream.runCollect(Transfer.download("/t", folder, options)))
