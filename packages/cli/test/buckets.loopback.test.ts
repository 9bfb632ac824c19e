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
        { tenant: "t1", name: "n1", s3: true },
        { tenant: "t1", name: "v1", s3: true, versioning: true },
        { tenant: "t1", name: "closed" }
      ],
      users: [{ username: "n", password: "n01", allowNamespaceManagement: true }]
    }
  ]
})

const pathsOf = (run: Parameters<typeof rowsOf>[0]) => rowsOf(run).map(({ path }) => path)

layer(System, { excludeTestServices: true })("objects in buckets", (it) => {
  it.effect("are stored, listed, shown, read and deleted", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("hello", "put", "s3://n1/story/a.txt"), { stderr: "stored s3://n1/story/a.txt\n" })
      check(yield* pipe("again", "put", "s3://n1/story/a.txt"), {
        code: 5,
        stderr: /stored there already.*\n.*--if-exists/
      })
      check(yield* pipe("1", "put", "s3://n1/story/deep/ü 1.tif", "-q"), {})
      check(yield* hcp("mkdir", "s3://n1/story/empty"), { stderr: "made s3://n1/story/empty\n" })
      check(yield* hcp("mkdir", "s3://n1/story/empty"), { stderr: "s3://n1/story/empty is there\n" })
      check(yield* hcp("ls", "s3://n1/story"), {
        stdout: /^TYPE +SIZE +CHANGED +RETENTION +PATH\nobject +5 B +2\S+Z +- +s3:\/\/n1\/story\/a\.txt\ndirectory/
      })
      assert.sameMembers(pathsOf(yield* hcp("ls", "-r", "s3://n1/story", "-o", "ndjson")), [
        "s3://n1/story/a.txt",
        "s3://n1/story/deep",
        "s3://n1/story/deep/ü 1.tif",
        "s3://n1/story/empty"
      ])
      check(yield* hcp("ls", "s3://n1/story/empty"), {})
      check(yield* hcp("ls", "s3://n1/story/a.txt"), { code: 1, stderr: /is an object/ })
      check(yield* hcp("ls", "s3://n1/none"), { code: 4, stderr: /nothing is stored there/ })
      check(yield* hcp("ls", "s3://n1/story", "--deleted"), { code: 2, stderr: /S3 does not list/ })
      check(yield* hcp("tree", "s3://n1/story"), {
        stdout: "s3://n1/story\n├── a.txt  5 B\n├── deep/\n│   └── ü 1.tif  1 B\n└── empty/\n"
      })
      check(yield* hcp("du", "s3://n1/story", "-o", "ndjson"), {
        stdout: new RegExp(
          '^{"objects":1,"directories":0,"bytes":1,"path":"s3://n1/story/deep"}\n' +
            '{"objects":0,"directories":0,"bytes":0,"path":"s3://n1/story/empty"}\n' +
            '{"objects":2,"directories":2,"bytes":6,"path":"s3://n1/story"}\n$'
        )
      })
      assert.deepStrictEqual(
        pathsOf(yield* hcp("find", "s3://n1/story", "--name", "*.tif", "--smaller", "2", "-o", "ndjson")),
        ["s3://n1/story/deep/ü 1.tif"]
      )
      check(yield* hcp("find", "s3://n1/story", "--held"), { code: 2, stderr: /does not list retention/ })
      check(yield* hcp("stat", "s3://n1/story/a.txt"), {
        stdout: /^path +s3:\/\/n1\/story\/a\.txt\ntype +object\nsize +5 B\netag +[0-9a-f]+-1\n/
      })
      check(yield* hcp("stat", "s3://n1/story/deep"), { stdout: /type +directory/ })
      check(yield* hcp("stat", "s3://n1"), { stdout: /type +bucket/ })
      check(yield* hcp("cat", "s3://n1/story/a.txt", "/story/deep/ü 1.tif"), { stdout: "hello1" })
      check(yield* hcp("rm", "s3://n1/story/a.txt"), { stderr: "deleted s3://n1/story/a.txt\n" })
      check(yield* hcp("rm", "s3://n1/story/a.txt"), { code: 4, stderr: /nothing is stored there/ })
      check(yield* hcp("cat", "s3://n1/story/a.txt"), { code: 4, stderr: /NoSuchKey|notFound/ })
    })
  )

  it.effect("belong to buckets that are made, listed and deleted", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* hcp("mkdir", "s3://made-here"), { stderr: "made s3://made-here\n" })
      check(yield* hcp("mkdir", "s3://made-here"), { stderr: "s3://made-here is there\n" })
      assert.include(pathsOf(yield* hcp("ls", "s3://", "-o", "ndjson")), "s3://made-here")
      check(yield* pipe("1", "put", "s3://made-here/1", "-q"), {})
      check(yield* hcp("rm", "s3://made-here"), { code: 5, stderr: /BucketNotEmpty/ })
      check(yield* hcp("rm", "-r", "s3://made-here"), { code: 2, stderr: /whole bucket/ })
      check(yield* hcp("rm", "s3://made-here/1", "s3://made-here", "-q"), {})
      check(yield* hcp("ls", "s3://made-here"), { code: 4, stderr: /NoSuchBucket/ })
      check(yield* hcp("du", "s3://"), { code: 2, stderr: /all buckets/ })
      check(yield* hcp("put", "s3://n1"), { code: 2, stderr: /names no object/ })
    })
  )

  it.effect("have versions where the bucket keeps them, and folders go with everything in them", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("one", "put", "s3://v1/f/a", "-q"), {})
      check(yield* pipe("two", "put", "s3://v1/f/a", "-q", "--if-exists", "version"), {})
      check(yield* pipe("x", "put", "s3://v1/f/sub/ab", "-q"), {})
      check(yield* hcp("rm", "s3://v1/f/a", "-q"), {})
      const found = rowsOf(yield* hcp("versions", "s3://v1/f/a", "-o", "ndjson"))
      assert.deepStrictEqual(
        found.map(({ type }) => type),
        ["deletion", "version", "version"]
      )
      check(yield* hcp("cat", "s3://v1/f/a", "--version-id", String(found[2]?.version)), { stdout: "one" })
      check(yield* hcp("rm", "s3://v1/f/a", "--version-id", String(found[2]?.version), "-q"), {})
      check(yield* hcp("versions", "s3://v1/f/none"), { code: 4, stderr: /nothing is stored/ })
      check(yield* hcp("rm", "-r", "s3://v1/f", "--dry-run", "-o", "csv"), {
        stdout: /would delete,object,s3:\/\/v1\/f\/sub\/ab,\r\nwould delete,directory,s3:\/\/v1\/f,\r\n$/
      })
      check(yield* hcp("rm", "-r", "s3://v1/f"), { stderr: "3 deleted, 0 failed\n" })
      check(yield* hcp("ls", "s3://v1/f"), { code: 4, stderr: /nothing is stored/ })
      assert.lengthOf(rowsOf(yield* hcp("versions", "s3://v1/f/sub/ab", "-o", "ndjson")), 2)
      check(yield* hcp("rm", "s3://v1/f/sub/ab", "--purge", "-q"), {})
      check(yield* hcp("versions", "s3://v1/f/sub/ab", "-q"), { code: 4, stderr: /nothing/ })
    })
  )

  it.effect("are protected by retention and holds, which rm -r reports and passes over", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("1", "put", "s3://n1/kept/1", "--retention", "A+1y", "-q"), {})
      check(yield* pipe("2", "put", "s3://n1/kept/in/2", "-q"), {})
      check(yield* pipe("3", "put", "s3://n1/kept/in/3", "-q"), {})
      check(yield* hcp("retention", "s3://n1/kept/1"), { stdout: /^path +s3:\/\/n1\/kept\/1\nretention +20\d\d-/ })
      check(yield* hcp("hold", "s3://n1/kept/in/2", "on"), { stdout: /hold +true/ })
      check(yield* hcp("rm", "s3://n1/kept/1"), { code: 3, stderr: /AccessDenied/ })
      const left = yield* hcp("rm", "-r", "s3://n1/kept", "-o", "ndjson")
      assert.strictEqual(left.code, 7, left.stderr)
      assert.deepStrictEqual(
        rowsOf(left)
          .map(({ outcome, path }) => `${outcome} ${path}`)
          .sort(),
        [
          "deleted s3://n1/kept/in/3",
          "failed s3://n1/kept",
          "failed s3://n1/kept/1",
          "failed s3://n1/kept/in",
          "failed s3://n1/kept/in/2"
        ]
      )
      check(yield* hcp("hold", "s3://n1/kept/in/2", "off"), { stdout: /hold +false/ })
      check(yield* hcp("rm", "s3://n1/kept/in/2", "-q"), {})
    })
  )

  it.effect("can be locked by Object Lock where the bucket is for it", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* hcp("mkdir", "s3://locked", "--object-lock"), { stderr: "made s3://locked\n" })
      check(yield* hcp("mkdir", "/locked", "--object-lock"), { code: 2, stderr: /Object Lock is of S3/ })
      check(yield* pipe("1", "put", "s3://locked/a", "-q"), {})
      check(yield* hcp("retention", "s3://locked/a", "2036-01-31T12:00:00+0000", "--lock", "governance"), {
        stdout: /lock +GOVERNANCE 2036-01-31T12:00:00\.000Z/
      })
      const shorter = ["retention", "s3://locked/a", "2031-01-31T12:00:00+0000", "--lock", "governance"]
      check(yield* hcp(...shorter), { code: 3, stderr: /AccessDenied/ })
      check(yield* hcp(...shorter, "--bypass-governance"), { stdout: /lock +GOVERNANCE 2031-/ })
      check(yield* hcp("hold", "s3://locked/a", "on", "--legal"), { stdout: /legalHold +true/ })
      check(yield* hcp("hold", "s3://locked/a", "off", "--legal"), { stdout: "path  s3://locked/a\n" })
      check(yield* hcp("retention", "s3://n1/x", "A+1y", "--lock", "compliance"), {
        code: 2,
        stderr: /--lock needs a time/
      })
      check(yield* hcp("retention", "/x", "2036-01-31T12:00:00+0000", "--lock", "governance"), {
        code: 2,
        stderr: /Object Lock is of S3/
      })
      check(yield* hcp("hold", "/x", "on", "--legal"), { code: 2, stderr: /Object Lock is of S3/ })
      check(yield* hcp("hold", "s3://n1/x", "--legal"), { code: 2, stderr: /--legal needs on or off/ })
    })
  )
})

layer(System, { excludeTestServices: true })("who cannot get at a bucket", (it) => {
  it.effect("is told why, with an exit code of its own", () =>
    Effect.gen(function* () {
      const { as } = yield* makeCli()
      check(yield* as({ HCP_PASSWORD: "canary-password" })("ls", "s3://n1"), {
        code: 3,
        stderr: /^(?![\s\S]*canary)[\s\S]*SignatureDoesNotMatch|AccessDenied/
      })
      check(yield* as({ HCP_FQDN: `n1.t9.${domain}` })("ls", "s3://n1"), { code: 6, stderr: /no such name/ })
      check(yield* as({ HCP_FQDN: `t1.${domain}`, HCP_DOMAIN: domain })("stat", "s3://n1", "-q"), { stdout: /bucket/ })
      check(yield* as({ HCP_DOMAIN: "hcp2.example.com" })("ls", "s3://n1"), { code: 2, stderr: /not in HCP_DOMAIN/ })
      check(yield* as({})("ls", "s3://closed"), { code: 3, stderr: /AccessDenied/ })
      check(yield* as({})("mv", "s3://n1/a", "/b"), { code: 4, stderr: /notFound/ })
      check(yield* as({})("annotation", "list", "s3://n1/a"), { code: 2, stderr: /S3 has no annotations/ })
      check(yield* as({})("ls", "x:s3://n1"), { code: 2, stderr: /on this computer/ })
    })
  )
})
