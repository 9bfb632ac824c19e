import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeAdmin } from "./administrators.ts"
import { check, rowsOf } from "./expected.ts"

const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1", retentionClasses: [{ name: "tax", value: "A+10y", description: "ten years" }] },
        { tenant: "t1", name: "n2", versioning: true },
        { tenant: "t2", name: "n1" }
      ],
      users: [
        { username: "boss", password: "boss01", roles: ["ADMINISTRATOR", "SECURITY", "MONITOR", "COMPLIANCE"] },
        { username: "app", password: "app01", permissions: { "n1.t1": ["browse", "read"] } }
      ]
    },
    { domain: "hcp2.example.com", nodes: 1 }
  ]
})

layer(System, { excludeTestServices: true })("the management from the command line", (it) => {
  it.effect("lists and shows tenants, namespaces, users, groups, permissions and retention classes", () =>
    Effect.gen(function* () {
      const { hcp } = yield* makeAdmin()
      check(yield* hcp("tenant", "list", "-o", "csv"), { stdout: "name\r\nt1\r\nt2\r\n" })
      check(yield* hcp("tenant", "list", "--long"), { stdout: /^NAME +HARDQUOTA [\s\S]*\nt1 +\S+ [TG]B +85 +None/ })
      check(yield* hcp("tenant", "show", "t1"), {
        stdout: new RegExp(`^name +t1\\n[\\s\\S]*fullyQualifiedName +t1\\.${domain}\\n`)
      })
      check(yield* hcp("tenant", "show", "t9"), { code: 4, stderr: /there is no tenant 't9'/ })
      check(yield* hcp("tenant", "show"), { code: 2, stderr: /the tenant must be named/ })
      check(yield* hcp("namespace", "list"), { code: 2, stderr: /the tenant must be named/ })
      check(yield* hcp("namespace", "list", "-t", "t1", "-o", "ndjson"), { stdout: '{"name":"n1"}\n{"name":"n2"}\n' })
      const [one] = rowsOf(yield* hcp("namespace", "list", "-l", "-t", "t2", "-o", "ndjson"))
      assert.deepInclude(one, { name: "n1", hardQuota: "50 GB", softQuota: 85, aclsUsage: "NOT_ENABLED" })
      const [shown] = rowsOf(yield* hcp("namespace", "show", "n2", "-t", "t1", "-o", "ndjson"))
      assert.deepInclude(shown, { name: "n2", "versioning.enabled": true, "protocols.http.restEnabled": true })
      check(yield* hcp("namespace", "show", "n9", "-t", "t1", "-o", "json"), {
        code: 4,
        stderr: /^\{"error":"NotFound".*"status":404/
      })
      check(yield* hcp("user", "list", "-t", "t1"), { stdout: "USERNAME\napp\nboss\n" })
      check(yield* hcp("user", "list"), { stdout: "USERNAME\nservice\n" })
      check(yield* hcp("user", "show", "boss", "-t", "t1"), {
        stdout: /^username +boss\n[\s\S]*roles +ADMINISTRATOR,SECURITY,MONITOR,COMPLIANCE\n/
      })
      check(yield* hcp("group", "list", "-l", "-t", "t1", "-o", "csv"), {
        stdout: "groupname,roles,allowNamespaceManagement\r\n"
      })
      check(yield* hcp("group", "show", "none", "-t", "t1"), { code: 4, stderr: /there is no group 'none'/ })
      assert.deepStrictEqual(rowsOf(yield* hcp("permission", "list", "--user", "app", "-t", "t1", "-o", "ndjson")), [
        { namespace: "n1", permissions: "BROWSE,READ" }
      ])
      check(yield* hcp("permission", "list", "-t", "t1"), { code: 2, stderr: /one of --user and --group/ })
      check(yield* hcp("retention-class", "list", "n1", "-t", "t1"), {
        stdout: "NAME  VALUE  ALLOWDISPOSITION  DESCRIPTION\ntax   A+10y  false             ten years\n"
      })
      check(yield* hcp("retention-class", "show", "n1", "tax", "-t", "t1", "-o", "ndjson"), {
        stdout: '{"name":"tax","value":"A+10y","description":"ten years","allowDisposition":false}\n'
      })
    })
  )

  it.effect("works for an administrator of a tenant, and from the host of a namespace with the domain", () =>
    Effect.gen(function* () {
      const { as, system } = yield* makeAdmin()
      const boss = { HCP_USERNAME: "boss", HCP_PASSWORD: "boss01" }
      const ofTenant = as({ ...boss, HCP_FQDN: `t1.${domain}` })
      check(yield* ofTenant("namespace", "list", "-o", "csv"), { stdout: "name\r\nn1\r\nn2\r\n" })
      check(yield* ofTenant("tenant", "show"), { stdout: /^name +t1\n/ })
      check(yield* ofTenant("tenant", "list"), { code: 3, stderr: /not allowed|system level/ })
      check(yield* ofTenant("namespace", "list", "-t", "t2"), { code: 3, stderr: /not your tenant/ })
      const ofNamespace = (domainOfHcp: string) =>
        as({ ...boss, HCP_FQDN: `n1.t1.${domain}`, HCP_PORT: "1", HCP_DOMAIN: domainOfHcp })
      check(yield* ofNamespace(domain)("namespace", "list", "-o", "csv"), { stdout: "name\r\nn1\r\nn2\r\n" })
      // HCP_PORT is that of the namespace's data: without HCP_MAPI_PORT the management is at 9090, where nobody is here.
      const mapi = { ...boss, HCP_PORT: String(system.ports.mapi), HCP_DOMAIN: domain, HCP_MAPI_PORT: undefined }
      const at9090 = as({ ...mapi, HCP_FQDN: `n1.t1.${domain}` })
      check(yield* at9090("namespace", "list"), { code: 6, stderr: /:9090/ })
      check(yield* as({ ...mapi, HCP_FQDN: `t1.${domain}` })("namespace", "list", "-o", "csv"), {
        stdout: "name\r\nn1\r\nn2\r\n"
      })
      check(yield* ofNamespace("hcp9.example.com")("namespace", "list"), { code: 2, stderr: /is not in HCP_DOMAIN/ })
      check(yield* as({ HCP_PASSWORD: "canary-password" })("tenant", "list"), { code: 3, stderr: /not allowed/ })
      check(yield* as({ HCP_FQDN: "admin.none.example.com" })("tenant", "list"), { code: 6, stderr: /cannot resolve/ })
    })
  )

  it.effect("shows links, fails them over and back, and asks before", () =>
    Effect.gen(function* () {
      const { hcp } = yield* makeAdmin()
      const [link] = rowsOf(yield* hcp("link", "list", "-o", "ndjson"))
      const name = String(link?.name)
      assert.deepInclude(link, { type: "ACTIVE_ACTIVE", status: "GOOD", suspended: false })
      check(yield* hcp("link", "show", name), { stdout: /^name +[\s\S]*\nstatus +GOOD\n/ })
      check(yield* hcp("link", "watch", name, "--every", "1s", "--count", "1", "-o", "csv"), {
        stdout: /^name,type,status,.*\r\n.*,ACTIVE_ACTIVE,GOOD,.*\r\n$/
      })
      check(yield* hcp("link", "watch", name, "--every", "soon"), { code: 2, stderr: /Expected a span/ })
      check(yield* hcp("link", "fail-over", name), {
        code: 2,
        stderr: /fail the link .* over to this system, .*\n.*--yes/
      })
      check(yield* hcp("link", "fail-over", name, "--dry-run"), { stderr: /^would have failed over / })
      check(yield* hcp("link", "fail-over", "none", "--yes"), { code: 4, stderr: /none/ })
      check(yield* hcp("link", "fail-over", name, "--yes"), { stderr: new RegExp(`^failed over ${name}; `) })
      check(yield* hcp("link", "watch", name, "--until", "failed over", "--timeout", "30s", "--every", "1s", "-q"), {
        stdout: /Failed over/
      })
      check(yield* hcp("link", "fail-back", name, "--yes"), { stderr: new RegExp(`^failed back ${name}; `) })
    })
  )

  it.effect("reports usage as a table, CSV, JSON, bars and a picture", () =>
    Effect.gen(function* () {
      const { hcp, home } = yield* makeAdmin()
      check(yield* hcp("chargeback", "-t", "t1", "-o", "csv"), {
        stdout: /^kind,tenant,namespace,start,.*\r\nnamespace,t1,n1,.*\r\nnamespace,t1,n2,.*\r\ntenant,t1,,.*\r\n$/
      })
      const rows = rowsOf(yield* hcp("chargeback", "-t", "t1", "--namespace", "n2", "-o", "ndjson"))
      assert.deepStrictEqual(
        rows.map(({ kind, namespace, objectCount }) => [kind, namespace, objectCount]),
        [["namespace", "n2", 0]]
      )
      check(yield* hcp("chargeback", "-t", "t1"), { stdout: /^KIND +TENANT +NAMESPACE/ })
      const svg = path.join(home, "usage.svg")
      check(yield* hcp("chargeback", "-t", "t1", "--chart", "--svg", svg), {
        stdout: "t1: storageCapacityUsed\nn1   0 B\nn2   0 B\n"
      })
      assert.match(fs.readFileSync(svg, "utf8"), /^<svg [\s\S]*>n1<[\s\S]*<rect [\s\S]*<\/svg>\n$/)
      check(yield* hcp("chargeback", "-t", "t1", "--chart", "-o", "json"), { code: 2, stderr: /--chart is for people/ })
      check(yield* hcp("chargeback", "-t", "t1", "--from", "2026-02-02", "--to", "2026-02-01"), {
        code: 2,
        stderr: /--to: is before --from\n/
      })
    })
  )

  it.effect("collects logs and health reports as files, and shows licenses, statistics and any resource", () =>
    Effect.gen(function* () {
      const { hcp, home } = yield* makeAdmin()
      check(yield* hcp("logs", "status"), { stdout: /^status +idle\n/ })
      const folder = `${home}/`
      const [logs] = rowsOf(yield* hcp("logs", "collect", folder, "--every", "1s", "-o", "ndjson", "-q"))
      assert.match(String(logs?.path), /HCPLogs.*\.zip$/)
      assert.strictEqual(fs.statSync(String(logs?.path)).size, logs?.bytes)
      assert.strictEqual(fs.statSync(String(logs?.path)).mode & 0o777, 0o600)
      const report = path.join(home, "report.zip")
      check(yield* hcp("health", "collect", report, "--every", "1s"), {
        stdout: /^path +.*report\.zip\n/,
        stderr: "HCP prepares the package\n"
      })
      // Nothing is prepared for a file that cannot be stored.
      const { requests } = yield* Simulator.Simulator
      const before = yield* requests
      check(yield* hcp("health", "collect", report, "--every", "1s", "-q"), { code: 1, stderr: /report\.zip/ })
      check(yield* hcp("logs", "collect", `${home}/none/`, "-q"), { code: 1, stderr: /none.*no such file or folder/ })
      assert.deepStrictEqual(yield* requests, before)
      check(yield* hcp("license"), { stdout: /^SERIALNUMBER +FEATURE/ })
      check(yield* hcp("stats", "nodes", "-o", "csv"), { stdout: /^node,address,cpuUser,.*\r\n\d+,127\./ })
      check(yield* hcp("stats", "services"), { stdout: /^SERVICE +STATE +STARTED/ })
      check(yield* hcp("stats", "tenant", "t1"), { stdout: /objectCount +0\n/ })
      check(yield* hcp("stats", "namespace", "n1", "-t", "t1"), { stdout: /objectCount +0\n/ })
      check(yield* hcp("mapi", "get", "/tenants"), { stdout: '{"name":["t1","t2"]}\n' })
      check(yield* hcp("mapi", "get", "/mapi/tenants", "--format", "xml"), { stdout: /<tenants><name>t1<\/name>/ })
      check(yield* hcp("mapi", "get", "/tenants/t1", "--query", "verbose=true"), { stdout: /"fullyQualifiedName"/ })
      check(yield* hcp("mapi", "get", "/none"), { code: 4, stderr: /there is no resource/ })
      check(yield* hcp("mapi", "get", "tenants"), { code: 2, stderr: /is no path/ })
    })
  )
})
