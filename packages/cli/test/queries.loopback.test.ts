import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeCli } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1" },
        { tenant: "t1", name: "n2", versioning: true }
      ],
      users: [
        { username: "n", password: "n01" },
        { username: "reader", password: "r01", permissions: { "n1.t1": ["browse", "read"] } }
      ]
    }
  ]
})

layer(System, { excludeTestServices: true })("find in the metadata query engine", (it) => {
  it.effect("takes expressions, together with filters, in one namespace or in all", () =>
    Effect.gen(function* () {
      const { as, hcp, pipe } = yield* makeCli()
      for (const [path, text] of [
        ["/q/a.txt", "1"],
        ["/q/b.pdf", "22"],
        ["/other/c.pdf", "333"]
      ] as const) {
        check(yield* pipe(text, "put", path, "-q"), {})
      }
      check(yield* as({ HCP_FQDN: `n2.t1.${domain}` })("put", "/q/d.pdf", "-q"), {})
      check(yield* hcp("hold", "/q/b.pdf", "on", "-q"), { stdout: /hold +true/ })
      const find = (...args: ReadonlyArray<string>) =>
        Effect.map(hcp("find", ...args, "-o", "ndjson"), (run) =>
          rowsOf(run)
            .map(({ namespace, path }) => `${namespace === undefined ? "" : namespace}${path}`)
            .sort()
        )
      assert.deepStrictEqual(yield* find("/", "--query", "+size:[2 TO *]"), ["/other/c.pdf", "/q/b.pdf"])
      assert.deepStrictEqual(yield* find("/q", "--query", "*:*", "--type", "object"), ["/q/a.txt", "/q/b.pdf"])
      assert.deepStrictEqual(yield* find("/", "--query", "hold:true"), ["/q/b.pdf"])
      assert.deepStrictEqual(yield* find("/q", "--query", "*:*", "--unprotected", "--type", "object"), ["/q/a.txt"])
      assert.deepStrictEqual(yield* find("/", "--query", "*:*", "--all-namespaces", "--name", "*.pdf"), [
        "n1.t1/other/c.pdf",
        "n1.t1/q/b.pdf",
        "n2.t1/q/d.pdf"
      ])
      check(yield* hcp("find", "/", "--query", "size:["), { code: 1, stderr: /BadRequest|400|bad/i })
      check(yield* hcp("find", "/", "--all-namespaces"), { code: 2, stderr: /needs --query/ })
      check(yield* hcp("find", "s3://n1", "--query", "*:*"), { code: 2, stderr: /knows no buckets/ })
      check(yield* hcp("find", "/", "--query", "*:*", "--operations"), { code: 2, stderr: /takes no --query/ })
    })
  )

  it.effect("tells what was done, deletions among it", () =>
    Effect.gen(function* () {
      const { as } = yield* makeCli()
      const hcp = as({ HCP_FQDN: `n2.t1.${domain}` })
      check(yield* hcp("put", "/done/1", "-q"), {})
      check(yield* hcp("put", "/elsewhere/2", "-q"), {})
      check(yield* hcp("rm", "/done/1", "-q"), {})
      const found = rowsOf(
        yield* hcp("find", "/done", "--operations", "--changed-before", "2099-01-01", "-o", "ndjson")
      )
      assert.deepStrictEqual(
        found.map(({ operation, path }) => [operation, path]),
        [
          ["created", "/done/1"],
          ["deleted", "/done/1"]
        ]
      )
    })
  )

  it.effect("is refused without the search permission", () =>
    Effect.gen(function* () {
      const { as } = yield* makeCli()
      const reader = as({ HCP_USERNAME: "reader", HCP_PASSWORD: "r01" })
      check(yield* reader("find", "/", "--operations"), { code: 3, stderr: /not allowed/ })
    })
  )
})
