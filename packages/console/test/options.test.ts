import { assert, describe, it } from "@effect/vitest"
import { Namespace } from "@effect-hcp/sdk"
import { Effect, Exit, Redacted } from "effect"
import { Console } from "../src/index.ts"
import { ofProfile } from "../src/internal/factOptions.ts"

/** As a program in JavaScript calls it: the compiler does not know what comes. */
const make: (options: unknown) => Effect.Effect<unknown, unknown> = (options) =>
  Effect.scoped(Reflect.apply(Console.make, undefined, [options]))

const objects = Namespace.layerConfig()
const namespace = { name: "n1.t1", objects }
const system = { name: "lab", namespaces: [namespace] }

const bad: ReadonlyArray<readonly [options: unknown, problem: string]> = [
  [undefined, "options"],
  [null, "options"],
  [5, "options"],
  ["lab", "options"],
  [[], "options"],
  [Promise.resolve(1), "options"],
  [{}, "systems"],
  [{ systems: 5 }, "systems"],
  [{ systems: [null] }, "systems"],
  [{ systems: [{ name: "lab" }] }, "namespaces"],
  [{ systems: [{ ...system, name: 5 }] }, "name"],
  [{ systems: [{ ...system, write: "yes" }] }, "write"],
  [{ systems: [{ ...system, management: {} }] }, "management"],
  [{ systems: [{ ...system, namespaces: [{ ...namespace, objects: undefined }] }] }, "objects"],
  [{ systems: [{ ...system, namespaces: [{ ...namespace, objects: Effect.void }] }] }, "objects"],
  [{ systems: [{ ...system, namespaces: [{ ...namespace, variables: { HCP_PORT: 5 } }] }] }, "variables"],
  [{ systems: [system, system] }, '"lab" is there twice'],
  [{ systems: [{ ...system, namespaces: [namespace, namespace] }] }, '"n1.t1" is there twice in "lab"'],
  [{ systems: [system], port: -1 }, "port"],
  [{ systems: [system], port: 70_000 }, "port"],
  [{ systems: [system], port: "80" }, "port"],
  [{ systems: [system], prot: 80 }, "port"],
  [{ systems: [system], control: {} }, "control.url"],
  [{ systems: [system], control: { url: "http://127.0.0.1:1", token: "plain" } }, "control.token"],
  [{ systems: [system], control: { url: 5, token: Redacted.make("t") } }, "control.url"]
]

describe("Console.make", () => {
  it.effect("says which option makes no sense, before it listens", () =>
    Effect.gen(function* () {
      for (const [options, problem] of bad) {
        const exit = yield* Effect.exit(make(options))
        assert(Exit.isFailure(exit), `takes ${JSON.stringify(options)}`)
        const error = yield* Effect.flip(make(options))
        assert.deepInclude(error, { _tag: "ConsoleError", reason: "options" })
        assert.include(String(error instanceof Error ? error.message : error), problem)
        assert.notInclude(JSON.stringify(error), "plain")
      }
    })
  )
})

describe("the variables of a profile", () => {
  it("are shown without what is secret in them", () => {
    const variables = {
      HCP_FQDN: "n1.t1.hcp1.example.com",
      HCP_USERNAME: "someone@ad.example.com",
      HCP_PASSWORD: "word-1",
      HCP_TOKEN: "word-2",
      HCP_S3_SECRET_KEY: "word-3",
      HCP_PROXY: "http://someone:word-4@p@proxy.example.com:3128",
      HCP_PASSWORD_FILE: "/run/secrets/hcp"
    }
    const facts = { name: "lab", namespace: "n1.t1", variables, tenant: variables, write: false }
    const [system] = ofProfile(facts).systems
    assert.deepStrictEqual(system?.namespaces[0]?.variables, {
      HCP_FQDN: "n1.t1.hcp1.example.com",
      HCP_USERNAME: "someone@ad.example.com",
      HCP_PASSWORD: "<a secret>",
      HCP_TOKEN: "<a secret>",
      HCP_S3_SECRET_KEY: "<a secret>",
      HCP_PROXY: "http://<a secret>@proxy.example.com:3128",
      HCP_PASSWORD_FILE: "/run/secrets/hcp"
    })
  })
})
