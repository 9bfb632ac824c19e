import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeAdmin } from "./administrators.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 1,
      namespaces: [{ tenant: "t1", name: "n1" }],
      users: [{ username: "boss", password: "boss01", roles: ["ADMINISTRATOR", "SECURITY"] }]
    }
  ]
})

const tenant = (rest: string) => `tenants:\n  - name: t1\n${rest.replace(/^/gm, "    ")}\n`
const namespace = (rest: string) => tenant(`namespaces:\n  - name: n1\n${rest.replace(/^/gm, "    ")}`)
const user = (rest: string) => tenant(`users:\n  - { username: app, fullName: App, ${rest} }`)
/** A document that would change something, so that the secret is asked for. */
const secret = (reference: string) => `${user(`password: ${reference}`)}    contactInfo: { firstName: Ada }\n`

/** What is wrong, the document, and what is said of it. Files of secrets are below `FOLDER`. */
const broken: ReadonlyArray<readonly [what: string, document: string, said: RegExp]> = [
  ["YAML that does not end", "tenants: [", /document is neither YAML nor JSON/],
  ["JSON that does not end", '{ "tenants": [', /document is neither YAML nor JSON/],
  ["a list in place of an object", "- name: t1", /input is a list; give an object/],
  ["nothing at all", "", /input is/],
  ["a list of itself", "tenants: &all\n  - name: t1\n    namespaces: *all", /neither YAML nor JSON|namespaces/],
  ["a version of the document, which it has none of", 'version: "2"\ntenants: []', /version cannot be set/],
  ["a name that is mistyped", "tennants: []", /tennants .*did you mean "tenants"/],
  ["a name that belongs elsewhere", tenant("hashScheme: MD5"), /tenants\.t1\.hashScheme/],
  ["a number in place of a list", "tenants: 3", /tenants is no list/],
  ["a text in place of a number", tenant('softQuota: "85"'), /softQuota is no number/],
  ["a text in place of a flag", namespace('searchEnabled: "no"'), /searchEnabled is neither true nor false/],
  ["a quota without a unit", namespace("hardQuota: '100'"), /namespaces\.n1\.hardQuota .*no quota/],
  ["a share above 100", namespace("softQuota: 101"), /softQuota is 101, .* from 10 to 95/],
  ["a tenant without a name", "tenants:\n  - hardQuota: 1 TB", /tenants\.0\.name is missing/],
  ["a name that HCP does not take", tenant("namespaces: [{ name: a_b }]"), /must be letters, digits and hyphens/],
  ["a tenant that is there twice", "tenants:\n  - name: t1\n  - name: T1", /tenants\.T1 is there twice/],
  ["a user who is there twice", tenant("users:\n  - { username: a }\n  - { username: A }"), /users\.A is there twice/],
  ["the default tenant", "tenants:\n  - name: Default", /is the default tenant/],
  ["a namespace without its tenant", "namespaces:\n  - name: n1", /namespaces cannot be set|tenants is missing/],
  ["a secret in the clear", user("password: canary-1"), /password is a secret in the clear/],
  ["a secret with two places", user("password: { env: A, file: b }"), /must be given, one of them/],
  ["a secret of another kind", user("password: { vault: x }"), /password\.vault cannot be set/],
  ["a role that is none", user("roles: [KING]"), /roles\.0 must be one of/],
  ["a permission that is none", namespace("permissions: [READ, FLY]"), /permissions\.1 must be one of/],
  [
    "a permission in a namespace that is nowhere",
    user("password: { env: APP }, dataAccess: [{ namespaceName: none, permissions: [READ] }]"),
    /dataAccess\.none: is no namespace, neither in the document nor in the tenant/
  ],
  ["an owner who is nobody", namespace("owner: nobody\nownerType: LOCAL"), /nobody is no user/],
  ["CORS without a method", namespace("cors: [{ allowedOrigins: ['*'] }]"), /allowedMethods is missing/],
  [
    "CORS with a method of another protocol",
    namespace("cors: [{ allowedOrigins: ['*'], allowedMethods: [COPY] }]"),
    /allowedMethods\.0 must be one of/
  ],
  ["a retention class without a value", namespace("retentionClasses: [{ name: tax }]"), /value: is missing/],
  ["a retention that is none", namespace("retentionClasses: [{ name: tax, value: soon }]"), /value must be/],
  ["what is set for ever", namespace("hashScheme: MD5"), /hashScheme: is SHA-256 for ever/],
  ["a new tenant whom nobody could administer", "tenants:\n  - name: new", /holds no user with the role SECURITY/],
  ["a variable that is missing", secret("{ env: HCP_NONE }"), /the environment has no HCP_NONE/],
  ["a file that is missing", secret("{ file: FOLDER/none }"), /none: there is no such file/],
  ["a file with a secret that others may read", secret("{ file: FOLDER/wide }"), /others may read it/],
  ["a file with no secret in it", secret("{ file: FOLDER/empty }"), /empty is empty/],
  ["a command that fails", secret('{ command: "exit 3" }'), /the command of a secret ends with 3/],
  ["a command that says nothing", secret('{ command: "true" }'), /the command of a secret prints nothing/]
]

layer(System, { excludeTestServices: true })("a document of desired state with something wrong in it", (it) => {
  it.effect("changes nothing, and says what and where it is", () =>
    Effect.gen(function* () {
      const { as, home } = yield* makeAdmin()
      const hcp = as({ APP: "canary-2" })
      fs.writeFileSync(path.join(home, "wide"), "canary-3", { mode: 0o644 })
      fs.writeFileSync(path.join(home, "empty"), "\n", { mode: 0o600 })
      const file = path.join(home, "hcp.yaml")
      const { latestRequests } = yield* Simulator.Simulator
      const reads = new Set(["GET", "HEAD"])
      const writes = Effect.map(latestRequests(), (all) => all.filter(({ method }) => !reads.has(method)))
      const before = (yield* hcp("export")).stdout
      assert.isAtLeast(broken.length, 20)
      for (const [what, document, said] of broken) {
        fs.writeFileSync(file, document.replaceAll("FOLDER", home))
        const { code, stderr } = yield* hcp("apply", file, "--yes", "--prune", "--prune-tenants", "-o", "json")
        assert.strictEqual(code, 2, `${what}: ${stderr}`)
        const error: { readonly error: string; readonly message: string } = JSON.parse(
          stderr.trim().split("\n").at(-1) ?? ""
        )
        assert.match(error.error, /^(?:Usage|InvalidInput|Profile)$/, what)
        assert.match(error.message, said, what)
        assert.notInclude(stderr, "canary", what)
        // None of it was asked for without being counted.
        assert.deepStrictEqual(yield* writes, [], what)
      }
      assert.strictEqual((yield* hcp("export")).stdout, before)
    })
  )
})
