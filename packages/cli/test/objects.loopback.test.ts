import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import * as Cli from "./cli.ts"
import { domain } from "./cli.ts"
import { check, rowsOf } from "./expected.ts"
import { runCli } from "./runCli.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1" },
        { tenant: "t1", name: "v1", versioning: true }
      ]
    }
  ]
})

/** `hcp` in a namespace, and a folder of this computer with a few files. */
const makeCli = (namespace?: string) =>
  Effect.map(Cli.makeCli(namespace), (cli) => {
    cli.file("a.txt", "hello\n")
    cli.file("scans/ü 1.tif", "tif")
    cli.file("scans/2026/2.tif", "tif2")
    cli.file("scans/2026/notes.txt", "notes")
    return { ...cli, local: (...names: ReadonlyArray<string>) => `file:${path.join(cli.home, ...names)}` }
  })

layer(System, { excludeTestServices: true })("objects from the command line", (it) => {
  it.effect("are stored, listed, shown, read, moved and deleted", () =>
    Effect.gen(function* () {
      const { hcp, local, pipe } = yield* makeCli()
      check(yield* hcp("cp", local("a.txt"), "/story/"), { stderr: "stored /story/a.txt\n" })
      check(yield* hcp("cp", local("a.txt"), "/story/"), {
        code: 5,
        stderr: /^hcp: .*stored there already.*--if-exists\n$/
      })
      check(yield* hcp("cp", local("a.txt"), "/story/", "--if-exists", "skip"), { stderr: "stored /story/a.txt\n" })
      check(yield* pipe("from a pipe", "put", "/story/p.txt", "-q"), {})
      check(yield* pipe("x", "put", "/story/"), { code: 2, stderr: /\/story\/ is a directory\n +name the object/ })
      check(yield* hcp("ls", "/story"), {
        stdout:
          /^TYPE +SIZE +CHANGED +RETENTION +PATH\nobject +6 B +2\S+Z +Deletion Allowed +\/story\/a\.txt\nobject +11 B/
      })
      assert.deepStrictEqual(
        rowsOf(yield* hcp("ls", "/story", "-o", "ndjson")).map(({ path, size, type }) => [type, path, size]),
        [
          ["object", "/story/a.txt", 6],
          ["object", "/story/p.txt", 11]
        ]
      )
      check(yield* hcp("stat", "/story/a.txt"), {
        stdout: /^path +\/story\/a\.txt\ntype +object\nsize +6 B\nhash +sha-256:5891b5b5/
      })
      check(yield* hcp("cat", "/story/a.txt", "/story/p.txt"), { stdout: "hello\nfrom a pipe" })
      check(yield* hcp("mv", "/story/a.txt", "/story/b/"), { stderr: "moved /story/a.txt to /story/b/a.txt\n" })
      check(yield* hcp("cat", "/story/b/a.txt"), { stdout: "hello\n" })
      check(yield* hcp("cat", "/story/a.txt"), { code: 4, stderr: /nothing is stored there/ })
      check(yield* hcp("rm", "/story/b/a.txt"), { stderr: "deleted /story/b/a.txt\n" })
      check(yield* hcp("rm", "/story/b/a.txt"), { code: 4, stderr: /nothing is stored there/ })
    })
  )

  it.effect("are named without signs that would move the cursor, and advice is given once", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("x", "put", "/odd/\u001b[2J"), { stderr: "stored /odd/\\u{1b}[2J\n" })
      check(yield* hcp("rm", "/odd/\u001b[1J"), { code: 4, stderr: /^hcp: DELETE \S+: nothing is stored there/ })
      check(yield* pipe("x", "put", "/odd/kept", "--retention", "A+1y", "-q"), {})
      check(yield* hcp("retention", "/odd/kept", "0"), { code: 1, stderr: /^hcp: .* but not shorter than it is\n$/ })
    })
  )

  it.effect("mv whose copy fails deletes nothing", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("one", "put", "/mv/1", "-q"), {})
      check(yield* pipe("two", "put", "/mv/2", "-q"), {})
      check(yield* hcp("mv", "/mv/1", "/mv/2"), { code: 5, stderr: /stored there already/ })
      check(yield* hcp("cat", "/mv/1", "/mv/2"), { stdout: "onetwo" })
      check(yield* hcp("mv", "/mv/1", "/mv/1"), { code: 2, stderr: /the same/ })
    })
  )

  it.effect("folders go up and down, and what failed is counted", () =>
    Effect.gen(function* () {
      const { hcp, home, local, pipe } = yield* makeCli()
      check(yield* hcp("cp", local("scans"), "/up/"), { code: 2, stderr: /is a folder\n.*--recursive/ })
      check(yield* hcp("cp", "-r", local("scans"), "/up/", "--dry-run"), {
        stdout: /planned/,
        stderr: "3 to copy, 12 B; 0 are there\n"
      })
      check(yield* hcp("cp", "-r", local("scans"), "/up/", "--exclude", "*.txt"), {
        stderr: "2 copied, 7 B; 0 skipped, 0 failed\n"
      })
      check(yield* hcp("cp", "-r", local("scans"), "/up/", "--if-exists", "skip"), {
        stderr: "1 copied, 5 B; 2 skipped, 0 failed\n"
      })
      check(yield* hcp("tree", "/up"), {
        stdout:
          "/up\n└── scans/\n    ├── ü 1.tif  3 B\n    └── 2026/\n        ├── 2.tif  4 B\n        └── notes.txt  5 B\n"
      })
      check(yield* hcp("du", "/up", "-o", "ndjson"), {
        stdout:
          '{"objects":3,"directories":1,"bytes":12,"path":"/up/scans"}\n{"objects":3,"directories":2,"bytes":12,"path":"/up"}\n'
      })
      assert.deepStrictEqual(
        rowsOf(yield* hcp("find", "/up", "--name", "*.tif", "--larger", "3", "-o", "ndjson")).map(({ path }) => path),
        ["/up/scans/2026/2.tif"]
      )
      check(yield* hcp("cp", "-r", "/up/scans", local("down")), { stderr: "3 copied, 12 B; 0 skipped, 0 failed\n" })
      assert.strictEqual(fs.readFileSync(path.join(home, "down", "2026", "notes.txt"), "utf8"), "notes")
      check(yield* pipe("other", "put", "/up/scans/2026/other.txt", "-q"), {})
      fs.writeFileSync(path.join(home, "scans", "2026", "other.txt"), "not the same")
      const some = yield* hcp("cp", "-r", local("scans"), "/up/", "--if-exists", "skip", "-o", "ndjson")
      assert.strictEqual(some.code, 7)
      assert.deepStrictEqual(
        rowsOf(some)
          .map(({ outcome, destination }) => `${outcome} ${destination}`)
          .sort(),
        [
          "failed /up/scans/2026/other.txt",
          "skipped /up/scans/2026/2.tif",
          "skipped /up/scans/2026/notes.txt",
          "skipped /up/scans/ü 1.tif"
        ]
      )
      assert.include(some.stderr, '{"error":"Partial","message":"1 of 4 failed"}')
    })
  )

  it.effect("are protected by retention and holds, which rm -r reports and passes over", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("1", "put", "/kept/1", "--retention", "A+1y", "-q"), {})
      check(yield* pipe("2", "put", "/kept/2", "-q"), {})
      check(yield* pipe("3", "put", "/kept/3", "-q"), {})
      check(yield* hcp("retention", "/kept/1"), { stdout: /^path +\/kept\/1\nretention +20\d\d-/ })
      check(yield* hcp("retention", "/kept/1", "tomorrow"), { code: 2, stderr: /--retention/ })
      check(yield* hcp("hold", "/kept/2", "on"), { stdout: "path  /kept/2\nhold  true\n" })
      check(yield* hcp("rm", "/kept/1"), { code: 5, stderr: /under retention/ })
      check(yield* hcp("find", "/kept", "--unprotected", "-o", "csv"), {
        stdout: /^type,size,changed,retention,path\r\nobject,1,\S+,Deletion Allowed,\/kept\/3\r\n$/
      })
      const left = yield* hcp("rm", "-r", "/kept", "-o", "ndjson")
      assert.strictEqual(left.code, 7)
      assert.deepStrictEqual(
        rowsOf(left)
          .map(({ outcome, path }) => `${outcome} ${path}`)
          .sort(),
        ["deleted /kept/3", "failed /kept", "failed /kept/1", "failed /kept/2"]
      )
      check(yield* hcp("hold", "/kept/2", "off"), { stdout: /hold +false/ })
      check(yield* hcp("rm", "/kept/2", "-q"), {})
    })
  )

  it.effect("on a labelled hold count as held and as protected, which no list says of them", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      for (const name of ["plain", "labelled", "free"]) check(yield* pipe(name, "put", `/held/${name}`, "-q"), {})
      check(yield* hcp("hold", "/held/plain", "on", "-q"), { stdout: /hold +true/ })
      check(yield* hcp("hold", "/held/labelled", "on", "--label", "case-7", "-q"), { stdout: /case-7/ })
      const found = (...flags: ReadonlyArray<string>) =>
        Effect.map(hcp("find", "/held", ...flags, "-o", "ndjson"), (run) =>
          rowsOf(run)
            .map(({ path }) => path)
            .sort()
        )
      assert.deepStrictEqual(yield* found("--held"), ["/held/labelled", "/held/plain"])
      assert.deepStrictEqual(yield* found("--unprotected"), ["/held/free"])
      assert.deepStrictEqual(yield* found("--held", "--unprotected"), [])
      check(yield* hcp("hold", "/held/labelled", "off", "--label", "case-7", "-q"), { stdout: /path/ })
      assert.deepStrictEqual(yield* found("--unprotected"), ["/held/free", "/held/labelled"])
    })
  )

  it.effect("have annotations", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli()
      check(yield* pipe("x", "put", "/noted", "-q"), {})
      check(yield* pipe("<a>", "annotation", "put", "/noted", "bad", "--check"), { code: 2, stderr: /XML|well-formed/ })
      check(yield* pipe("<a/>", "annotation", "put", "/noted", "invoice"), { stderr: "stored invoice of /noted\n" })
      assert.deepStrictEqual(
        rowsOf(yield* hcp("annotation", "list", "/noted", "-o", "ndjson")).map(({ name, size }) => [name, size]),
        [["invoice", 4]]
      )
      check(yield* hcp("annotation", "get", "/noted", "invoice"), { stdout: "<a/>" })
      check(yield* hcp("annotation", "rm", "/noted", "invoice"), { stderr: "deleted invoice of /noted\n" })
      check(yield* hcp("annotation", "rm", "/noted", "invoice"), { code: 4, stderr: /no annotation invoice/ })
    })
  )

  it.effect("have versions where the namespace keeps them", () =>
    Effect.gen(function* () {
      const { hcp, pipe } = yield* makeCli("v1")
      check(yield* pipe("one", "put", "/a", "-q"), {})
      check(yield* pipe("two", "put", "/a", "-q", "--if-exists", "version"), {})
      check(yield* hcp("rm", "/a", "-q"), {})
      const found = rowsOf(yield* hcp("versions", "/a", "-o", "ndjson"))
      assert.deepStrictEqual(found.map(({ type }) => type).sort(), ["deletion", "version", "version"])
      const first = found.find(({ size, type }) => type === "version" && size === 3)
      check(yield* hcp("cat", "/a", "--version-id", String(first?.version)), { stdout: /^(?:one|two)$/ })
      check(yield* hcp("rm", "-r", "/a", "--version-id", "1"), { code: 2, stderr: /--version-id is for one object/ })
    })
  )
})

layer(System, { excludeTestServices: true })("a command line that is wrong", (it) => {
  it.effect("says what is meant, with exit code 2, and sends nothing", () =>
    Effect.gen(function* () {
      const { hcp, local } = yield* makeCli()
      check(yield* hcp("lss"), { code: 2, stderr: /Unknown subcommand "lss"[\s\S]*Did you mean this\?\s+ls/ })
      check(yield* hcp("ls", "--recursiv"), { code: 2, stderr: /Did you mean this\?\s+--recursive/ })
      check(yield* hcp("ls", "--outputt", "json"), { code: 2, stderr: /Did you mean this\?\s+--output\n/ })
      check(yield* hcp("--profil", "x", "ls"), { code: 2, stderr: /Did you mean this\?\s+--profile\n/ })
      check(yield* hcp("ls", "--nothing-like-it"), {
        code: 2,
        stderr: /nothing-like-it in command hcp ls\n`hcp ls --help` shows/
      })
      check(yield* hcp("ls", "invoices"), { code: 2, stderr: /on this computer\n.*write \/invoices/ })
      check(yield* hcp("cp", "a", "b"), { code: 2, stderr: /neither of the places is in HCP/ })
      check(yield* hcp("cp", local("a.txt"), "ftp://x"), { code: 2, stderr: /is no place/ })
      check(yield* hcp("stat", "/../etc"), { code: 2, stderr: /\.\./ })
      check(yield* hcp("cp", "-o", "yaml", "/a", "/b"), { code: 2, stderr: /yaml/ })
      for (const output of [["-o", "json"], ["--output=ndjson"]]) {
        const { code, stderr, stdout } = yield* hcp("cp", "/only-one", ...output)
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.deepStrictEqual(JSON.parse(stderr), {
          error: "Usage",
          message: "Missing required argument: destination",
          hint: "`hcp cp --help` shows how it is used"
        })
      }
      check(yield* hcp("cp", local("none"), "/b"), {
        code: 1,
        stderr: /^hcp: \S+none: there is no such file or folder\n$/
      })
    })
  )

  it.effect("says how a file of this computer is written, where one was meant", () =>
    Effect.gen(function* () {
      const { hcp, home } = yield* makeCli()
      const file = path.join(home, "a.txt")
      check(yield* hcp("cp", file, "/b/"), { code: 4, stderr: new RegExp(`file:${file}`) })
    })
  )
})

layer(System, { excludeTestServices: true })("who cannot get through", (it) => {
  it.effect("is told why, with an exit code of its own", () =>
    Effect.gen(function* () {
      const { env } = yield* makeCli()
      const as = (other: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
        runCli(args, { env: { ...env, ...other } })
      check(yield* as({ HCP_PASSWORD: "canary-password" }, "ls", "/"), { code: 3, stderr: /not allowed/ })
      check(yield* as({ HCP_FQDN: `none.t9.${domain}` }, "ls", "/"), {
        code: 6,
        stderr: /no such name[\s\S]*hcp doctor/
      })
      check(yield* as({ HCP_PORT: "1" }, "ls", "/", "-o", "json"), {
        code: 6,
        stderr: /^\{"error":"[A-Za-z]+","message"/
      })
      check(yield* runCli(["ls", "/"], { env: { HOME: env.HOME } }), { code: 2, stderr: /no HCP is named/ })
      const { HCP_PASSWORD: _, ...others } = env
      check(yield* runCli(["ls", "/"], { env: { ...others, HCP_PASSWORD_FILE: "/nowhere/password" } }), {
        code: 2,
        stderr: /\/nowhere\/password: there is no such file or folder\n.*HCP_PASSWORD_FILE/
      })
      for (const output of ["table", "json"]) {
        const { stderr, stdout } = yield* as({ HCP_PASSWORD: "canary-password" }, "doctor", "-o", output)
        assert.notInclude(stderr + stdout, "canary-password")
      }
    })
  )

  it.effect("finds the reason with doctor", () =>
    Effect.gen(function* () {
      const { env } = yield* makeCli()
      const doctor = (other: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
        runCli(["doctor", ...args], { env: { ...env, ...other } })
      check(yield* doctor({}), { stdout: /ok +credentials/, stderr: "all is well\n" })
      check(yield* doctor({}, "--need", "s3"), { code: 1, stdout: /failed +gateways/, stderr: /1 check failed/ })
      check(yield* doctor({ HCP_PASSWORD: "no" }), { code: 3, stdout: /failed +credentials/, stderr: /checks? failed/ })
      check(yield* doctor({ HCP_FQDN: `none.t9.${domain}` }), { code: 6, stdout: /failed +name/, stderr: /failed/ })
    })
  )
})

layer(System, { excludeTestServices: true })("profiles", (it) => {
  it.effect("name an HCP, keep no secret that was not asked for, and are refused where others may read one", () =>
    Effect.gen(function* () {
      const { env } = yield* makeCli()
      const { HCP_NAME_SERVERS, HCP_PORT, HOME } = env
      const hcp = (...args: ReadonlyArray<string>) => runCli(args, { env: { HOME } })
      const add = (...args: ReadonlyArray<string>) =>
        hcp(
          "profile",
          "add",
          ...args,
          "--fqdn",
          env.HCP_FQDN,
          "--username",
          "n",
          ...["HCP_TLS=false", `HCP_PORT=${HCP_PORT}`, `HCP_NAME_SERVERS=${HCP_NAME_SERVERS}`].flatMap((one) => [
            "--set",
            one
          ])
        )
      check(yield* add("lab", "--password-command", "echo n01"), { stderr: /^wrote .*\/lab\.env\n$/ })
      check(yield* add("lab"), { code: 2, stderr: /there is a profile lab already/ })
      check(yield* add("x"), { code: 2, stderr: /no name of a profile/ })
      for (const [variable, wrong] of [
        ["HCP_PORT=abc", /HCP_PORT is "abc"; give a whole number/],
        ["HCP_NAME_SERVERS=nope", /HCP_NAME_SERVERS is "nope"/]
      ] as const) {
        check(yield* hcp("profile", "add", "wrong", "--fqdn", env.HCP_FQDN, "--set", variable), {
          code: 2,
          stderr: wrong
        })
      }
      for (const fqdn of ["https://n1.t1.hcp1.example.com", "n1.t1.hcp1.example.com:443", ""]) {
        check(yield* hcp("profile", "add", "host", "--fqdn", fqdn, "--username", "n"), {
          code: 2,
          stderr: /write its name alone/
        })
      }
      check(yield* hcp("profile", "list", "-o", "csv"), { stdout: /^name,fqdn,username,problem\r\nlab,[^\n]*\n$/ })
      check(yield* add("bad", "--set", "HCP_PASSWORD=n01"), { code: 2, stderr: /must not stand on a command line/ })
      check(yield* add("bad", "--set", "HCP_PROT=1"), { code: 2, stderr: /no such variable/ })
      check(yield* hcp("profile", "test", "lab"), { stderr: "lab works\n" })
      check(yield* hcp("ls", "lab:/"), {})
      check(yield* hcp("-p", "lab", "mkdir", "/of-a-profile"), { stderr: "made /of-a-profile\n" })
      check(yield* hcp("profile", "list", "-o", "csv"), {
        stdout: `name,fqdn,username,problem\r\nlab,${env.HCP_FQDN},n,\r\n`
      })
      check(yield* add("broken", "--password-command", "exit 3"), { stderr: /wrote/ })
      check(yield* hcp("ls", "broken:/"), { code: 2, stderr: /password command of the profile ends with 3/ })
      check(yield* hcp("ls", "none:/"), { code: 2, stderr: /there is no profile none\n.*broken, lab/ })

      const file = path.join(HOME, ".config", "hcp", "profiles", "lab.env")
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      fs.appendFileSync(file, "HCP_PASSWORD=n01\n")
      check(yield* hcp("ls", "lab:/"), { stdout: /of-a-profile/ })
      check(yield* hcp("profile", "show", "lab"), { stdout: /HCP_PASSWORD +<redacted>/ })
      // What the profile says counts, and not the environment.
      const plain = fs.readFileSync(file, "utf8").replace(/^HCP_PASSWORD_COMMAND=.*\n/m, "")
      fs.writeFileSync(file.replace("lab.env", "plain.env"), plain, { mode: 0o600 })
      check(yield* runCli(["ls", "plain:/"], { env: { HOME, HCP_PASSWORD: "another" } }), { stdout: /of-a-profile/ })
      const secret = path.join(HOME, "secret")
      fs.writeFileSync(secret, "n01\n", { mode: 0o600 })
      const byFile = { ...env, HCP_PASSWORD_FILE: secret }
      const { HCP_PASSWORD: _, ...withFile } = byFile
      check(yield* runCli(["ls", "/"], { env: withFile }), { stdout: /of-a-profile/ })
      fs.chmodSync(secret, 0o640)
      check(yield* runCli(["ls", "/"], { env: withFile }), { code: 2, stderr: /others may read it\n.*chmod 600/ })
      fs.chmodSync(file, 0o640)
      check(yield* hcp("ls", "lab:/"), { code: 2, stderr: /others may read it\n.*chmod 600/ })
      check(yield* hcp("profile", "remove", "lab"), { stderr: "removed lab\n" })
      check(yield* hcp("profile", "remove", "lab"), { code: 2, stderr: /there is no profile lab/ })
    })
  )
})
