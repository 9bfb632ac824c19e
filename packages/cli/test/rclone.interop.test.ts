import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import { Hcp, Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import { ran, works } from "../../s3/test/utils/program.ts"
import { wayIn } from "../../s3/test/utils/wayIn.ts"
import { domain, makeCli } from "./cli.ts"
import { check } from "./expected.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "hcp", owner: "n", versioning: true },
        { tenant: "t1", name: "rclone", owner: "n", s3: true, versioning: true }
      ]
    }
  ]
})

const names = [
  "plain",
  "a b",
  " leading and trailing ",
  "a+b",
  "a%2Bb",
  "100%",
  "?version=1",
  "#&=;",
  "'\"`",
  "Ä/Ö",
  "e\u0301",
  "東京/🦉",
  "~!$()*,:@",
  "back\\slash",
  "d/.hidden",
  "-rf",
  "empty"
]

/** Every object, with its hash. */
const treeOf = Effect.fnUntraced(function* (namespace: string) {
  const { nameServer, systems } = yield* Simulator.Simulator
  const client = Hcp.layer({
    fqdn: `${namespace}.t1.${domain}`,
    port: systems[0].ports.http,
    tls: false,
    resolver: { nameServers: [nameServer] },
    credentials: { username: "n", password: Redacted.make("n01") }
  })
  const ns = Context.get(yield* Layer.build(Layer.provide(Namespace.layer, client)), Namespace.Namespace)
  const found = yield* Stream.runCollect(ns.walk("/tree"))
  return Object.fromEntries(
    Array.from(found)
      .flatMap((one) => (one._tag === "Object" ? [[one.path, one.hash?.hex.toLowerCase()] as const] : []))
      .sort()
  )
})

if (works("rclone", "version")) {
  layer(System, { excludeTestServices: true })("hcp sync and rclone sync", (it) => {
    it.effect(
      "give equal trees for odd names, and again after a change",
      () =>
        Effect.gen(function* () {
          const { file, hcp, home } = yield* makeCli("hcp")
          const { systems } = yield* Simulator.Simulator
          const proxy = yield* wayIn()
          const env = {
            HTTP_PROXY: proxy.url,
            RCLONE_CONFIG: path.join(home, "no-rclone.conf"),
            RCLONE_CONFIG_HCP_TYPE: "s3",
            RCLONE_CONFIG_HCP_PROVIDER: "Other",
            RCLONE_CONFIG_HCP_ENDPOINT: `http://t1.${domain}:${systems[0].ports.http}`,
            RCLONE_CONFIG_HCP_ACCESS_KEY_ID: Buffer.from("n").toString("base64"),
            RCLONE_CONFIG_HCP_SECRET_ACCESS_KEY: createHash("md5").update("n01").digest("hex"),
            RCLONE_CONFIG_HCP_FORCE_PATH_STYLE: "true"
          }
          for (const name of names) file(`tree/${name}`, name === "empty" ? "" : name)
          const tree = path.join(home, "tree")
          const both = Effect.gen(function* () {
            yield* ran("rclone", ["sync", tree, "hcp:rclone/tree"], env)
            check(yield* hcp("sync", `file:${tree}`, "/tree", "--delete"), { stderr: /0 failed/ })
            const [ours, theirs] = [yield* treeOf("hcp"), yield* treeOf("rclone")]
            assert.deepStrictEqual(ours, theirs)
            return Object.keys(ours).length
          })
          assert.strictEqual(yield* both, names.length)
          fs.rmSync(path.join(tree, "a+b"))
          file("tree/100%", "other bytes")
          file("tree/new/ü", "new")
          assert.strictEqual(yield* both, names.length)
        }),
      120_000
    )
  })
} else {
  describe("hcp sync and rclone sync", () => it.skip("skipped: there is no rclone on this machine", () => undefined))
}
