import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import * as HttpApi from "effect/http-api/HttpApi"
import { api } from "../src/internal/api.ts"
import { ofProfile } from "../src/internal/factOptions.ts"
import { serve } from "../src/internal/server.ts"
import { plainFiles, signedIn, start } from "./consoles.ts"

const place = { system: "lab", namespace: "n2.t1", path: "/kept.txt" }

/** What changes something, with what it would be sent. */
const changes: Readonly<Record<string, object>> = {
  "/api/objects/annotation": { ...place, name: "default", xml: "<a/>" },
  "/api/objects/modify": { ...place, retention: "-1" },
  "/api/objects/directory": { ...place, path: "/folder" },
  "/api/objects/restore": { ...place, versionId: "1" },
  "/api/objects/delete": place,
  "/api/simulator/faults": { fault: "refuse", node: "127.0.0.1" },
  "/api/simulator/faults/end": [],
  "/api/simulator/failover": { domain: "hcp1.example.com" },
  "/api/simulator/failback": { domain: "hcp1.example.com" },
  "/api/simulator/link": { suspended: true }
}

/** What is asked by POST, and changes nothing. */
const questions: Readonly<Record<string, object>> = {
  "/api/query": { ...place, conditions: [], offset: 0 },
  "/api/objects/share": { ...place, seconds: 60 }
}

const begin = Effect.gen(function* () {
  const files = yield* plainFiles
  const console = yield* start(files)
  const { simulator } = console
  const writer = yield* signedIn(console.url)
  const stored = new URLSearchParams({ ...place, system: "hcp1.example.com" })
  yield* writer.ask({ method: "PUT", path: `/api/content?${stored}`, body: "kept" })
  const [{ domain, ports }] = simulator.systems
  const ca = Path.join(files, "ca.pem")
  yield* Effect.promise(() => Fs.writeFile(ca, simulator.ca))
  const common = { HCP_CA_FILE: ca, HCP_NAME_SERVERS: simulator.nameServer }
  const user = { ...common, HCP_USERNAME: "n", HCP_PASSWORD: "n01", HCP_PORT: String(ports.https) }
  const profile = {
    name: "lab",
    namespace: "n2.t1",
    variables: { ...user, HCP_FQDN: `n2.t1.${domain}` },
    tenant: { ...user, HCP_FQDN: `t1.${domain}`, HCP_S3_AUTH: "v4" },
    management: {
      ...common,
      HCP_FQDN: `admin.${domain}`,
      HCP_PORT: String(ports.mapi),
      HCP_USERNAME: "service",
      HCP_PASSWORD: "service01"
    }
  }
  const consoleOf = (write: boolean) =>
    Effect.flatMap(serve(ofProfile({ ...profile, write }), files), ({ url }) => signedIn(url))
  return { simulator, reader: yield* consoleOf(false), writer: yield* consoleOf(true) }
})

class Running extends Context.Service<Running, Effect.Success<typeof begin>>()("Running") {}

const query = new URLSearchParams(place)

layer(Layer.effect(Running, begin), { excludeTestServices: true })("a console that only reads", (it) => {
  it.effect("refuses all that would change something with 403, and says what to do", () =>
    Effect.gen(function* () {
      const { reader, simulator } = yield* Running
      const posts: Array<string> = []
      HttpApi.reflect(api, {
        onGroup: () => {},
        onEndpoint: ({ endpoint: { method, path } }) => {
          if (method !== "GET") posts.push(path)
        }
      })
      // A new one has to be in one of the two lists.
      assert.sameMembers(posts, [...Object.keys(changes), ...Object.keys(questions)])
      const before = (yield* simulator.latestRequests()).at(-1)?.number ?? 0
      for (const [path, payload] of Object.entries(changes)) {
        const { body, status } = yield* reader.post(path, payload)
        assert.strictEqual(status, 403, path)
        assert.strictEqual(body.reason, "ReadOnly", path)
        const says = path.startsWith("/api/simulator")
          ? "There is no simulator behind this console: it can break and mend nothing."
          : "The console only reads lab; start it with --write to change things."
        assert.strictEqual(body.error, says, path)
      }
      const upload = yield* reader.json({ method: "PUT", path: `/api/content?${query}`, body: "other" })
      assert.strictEqual(upload.status, 403)
      assert.match(upload.body.error, /only reads lab/)
      // Nothing of it came to HCP.
      const asked = yield* simulator.latestRequests(before)
      assert.deepStrictEqual(
        asked.map(({ method, target }) => `${method} ${target}`),
        []
      )
    })
  )

  it.effect("shows what there is", () =>
    Effect.gen(function* () {
      const { reader } = yield* Running
      const [system] = reader.session.systems
      assert.deepInclude(system, { name: "lab", write: false, management: true })
      assert.isFalse(reader.session.simulator)
      const { variables } = system.namespaces[0]
      assert.strictEqual(variables.HCP_PASSWORD, "<a secret>")
      assert.notInclude(JSON.stringify(reader.session), "n01")
      const text = yield* Effect.flatMap(reader.ask({ path: `/api/content?${query}` }), (answer) =>
        Effect.promise(() => answer.text())
      )
      assert.strictEqual(text, "kept")
      for (const [path, payload] of Object.entries(questions)) {
        assert.strictEqual((yield* reader.post(path, payload)).status, 200, path)
      }
      const tenants = yield* reader.json({ path: "/api/tenants?system=lab" })
      assert.strictEqual(tenants.body[0]?.name, "t1")
      assert.strictEqual((yield* reader.json({ path: "/api/simulator/state" })).status, 422)
    })
  )

  it.effect("changes things once it may", () =>
    Effect.gen(function* () {
      const { writer } = yield* Running
      assert.isTrue(writer.session.systems[0].write)
      assert.strictEqual((yield* writer.post("/api/objects/directory", { ...place, path: "/folder" })).status, 204)
      assert.strictEqual((yield* writer.post("/api/objects/delete", place)).status, 204)
    })
  )
})
