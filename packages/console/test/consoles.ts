import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import * as ControlServer from "@effect-hcp/simulator/ControlServer"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect, Redacted } from "effect"
import { ofSimulator } from "../src/internal/factOptions.ts"
import { serve } from "../src/internal/server.ts"

const names = ["index.html", "app.js", "styles.css", "icon.svg"]

/** Files in place of the pages, for tests that do not look at them. */
export const plainFiles = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = await Fs.mkdtemp(Path.join(Os.tmpdir(), "hcp-console-"))
    for (const name of names) await Fs.writeFile(Path.join(folder, name), `the file ${name}`)
    return folder
  }),
  (folder) => Effect.promise(() => Fs.rm(folder, { recursive: true }))
)

const compliant = { name: "n2", tenant: "t1", versioning: true, search: true, s3: true } as const

/** A simulator of two systems, and a console for it. */
export const start = Effect.fnUntraced(function* (files: string) {
  const users = [{ username: "n", password: "n01" }]
  const simulator = yield* Simulator.make({
    systems: ["hcp1.example.com", "hcp2.example.com"].map((domain) => ({
      domain,
      users,
      nodes: 3,
      namespaces: [{ name: "n1", tenant: "t1" }, compliant]
    }))
  })
  const control = yield* ControlServer.make(simulator)
  const facts = ofSimulator({
    nameServer: simulator.nameServer,
    systems: simulator.systems,
    namespaces: ["n1.t1", "n2.t1"],
    user: { username: "n", password: "n01" },
    admin: { username: "service", password: "service01" },
    ca: simulator.ca,
    s3: true,
    control: { url: `http://${control.address}:${control.port}`, token: Redacted.value(control.token) }
  })
  const running = yield* serve(facts, files)
  return { simulator, facts, ...running }
})

export interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** A client with the cookie of a console, and the header of what changes something. */
export const signedIn = Effect.fnUntraced(function* (url: Redacted.Redacted) {
  const { origin } = new URL(Redacted.value(url))
  const entered = yield* Effect.promise(() => fetch(Redacted.value(url)))
  const cookie = (entered.headers.get("set-cookie") ?? "").replace(/;.*/, "")
  const bare = ({ body, headers = {}, method = "GET", path }: Asked) =>
    Effect.promise(() => fetch(`${origin}${path}`, { method, headers, body: body ?? null, redirect: "manual" }))
  const session = yield* Effect.promise(async () =>
    (await fetch(`${origin}/api/session`, { headers: { cookie } })).json()
  )
  const own = { cookie, "x-hcp-console": String(session.csrf) }
  const ask = (asked: Asked) => bare({ ...asked, headers: { ...own, ...asked.headers } })
  const json = (asked: Asked) =>
    Effect.flatMap(ask(asked), (answer) =>
      Effect.promise(async () => ({ status: answer.status, body: JSON.parse((await answer.text()) || "null") }))
    )
  const post = (path: string, body: object) =>
    json({ method: "POST", path, body: JSON.stringify(body), headers: { "content-type": "application/json" } })
  return { origin, entered, cookie, session, bare, ask, json, post }
})
