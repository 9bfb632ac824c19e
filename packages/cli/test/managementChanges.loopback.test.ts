import * as fs from "node:fs"
import * as path from "node:path"
import { assert, layer } from "@effect/vitest"
import { Simulator } from "@effect-hcp/simulator"
import { Effect } from "effect"
import { domain, makeAdmin } from "./administrators.ts"
import { check, rowsOf } from "./expected.ts"

const System = Simulator.layer({ systems: [{ domain, nodes: 2, namespaces: [{ tenant: "t1", name: "n1" }] }] })

layer(System, { excludeTestServices: true })("resources of the management", (it) => {
  it.effect("are created, changed and deleted, with questions before a deletion", () =>
    Effect.gen(function* () {
      const { as, home } = yield* makeAdmin()
      const hcp = as({ BOSS: "canary-boss-1", APP: "canary-app-1" })
      const file = path.join(home, "secret")
      fs.writeFileSync(file, "canary-file-1\n", { mode: 0o600 })

      // A tenant, and its first administrator.
      const create = ["tenant", "create", "finance", "--admin", "boss", "--set", "hardQuota=1 TB", "--set", "tags=a,b"]
      check(yield* hcp(...create, "--dry-run", "-o", "csv"), {
        stdout: /^action,resource,field,from,to\r\ncreate,finance,name,,finance\r\ncreate,finance,hardQuota,,1 TB\r\n/
      })
      check(yield* hcp("tenant", "show", "finance"), { code: 4, stderr: /finance/ })
      check(yield* hcp(...create), { code: 2, stderr: /boss needs a password, .*\n.*--password-env/ })
      check(yield* hcp(...create, "--password-env", "NONE"), { code: 2, stderr: /the environment has no NONE/ })
      check(yield* hcp(...create, "--password-env", "BOSS"), { stderr: /^created finance\n/ })
      check(yield* hcp(...create, "--password-env", "BOSS"), { code: 5, stderr: /there is a tenant finance already/ })
      check(yield* hcp("tenant", "modify", "finance", "--set", "softQuota=abc"), {
        code: 2,
        stderr: /softQuota is no number/
      })
      check(yield* hcp("tenant", "modify", "finance", "--set", "softQuota=101"), { code: 2, stderr: /from 0 to 100/ })
      check(yield* hcp("tenant", "modify", "finance", "--set", "softQota=90"), {
        code: 2,
        stderr: /did you mean "softQuota"/
      })
      check(yield* hcp("tenant", "modify", "finance", "--set", "softQuota"), { code: 2, stderr: /is no NAME=value/ })
      check(yield* hcp("tenant", "modify", "finance", "--set", "softQuota=90"), { stderr: "changed finance\n" })
      check(yield* hcp("tenant", "modify", "finance", "--set", "softQuota=90"), { stderr: "nothing differs\n" })
      check(yield* hcp("tenant", "modify", "none", "--set", "softQuota=90"), {
        code: 4,
        stderr: /there is no tenant none/
      })
      check(yield* hcp("tenant", "modify", "finance", "--set", "searchConfigurationEnabled=true", "-q"), {})

      const in_ = ["-t", "finance"]
      const namespace = ["namespace", "create", "invoices", ...in_]
      check(yield* hcp(...namespace, "--set", "hardQuota=100", "-q"), { code: 2, stderr: /hardQuota .*no quota/ })
      check(yield* hcp(...namespace, "--set", "versioning.enabled=true"), {
        code: 2,
        stderr: /versioning.prune is missing/
      })
      check(yield* hcp(...namespace, "--set", "hardQuota=100 GB", "--set", "description=42", "--set", "tags=x"), {
        stderr: "created finance/namespaces/invoices\n"
      })
      check(yield* hcp(...namespace), { code: 5, stderr: /already/ })
      const [shown] = rowsOf(yield* hcp("namespace", "show", "invoices", ...in_, "-o", "ndjson"))
      assert.deepInclude(shown, { hardQuota: "100 GB", description: "42", tags: "x" })
      const change = ["namespace", "modify", "invoices", ...in_]
      check(yield* hcp(...change, "--set", "protocols.http.webdavEnabled=true", "--set", "softQuota=80"), {
        stderr: "changed finance/namespaces/invoices\nchanged finance/namespaces/invoices/protocols/http\n"
      })
      check(yield* hcp(...change, "--set", "hashScheme=MD5"), { code: 2, stderr: /hashScheme.* is SHA-256 for ever/ })
      check(yield* hcp("namespace", "modify", "none", ...in_), { code: 4, stderr: /there is no namespace none/ })

      const user = ["user", "create", "app", ...in_, "--set", "fullName=App"]
      check(yield* hcp(...user, "--password-env", "APP", "--password-file", file), { code: 2, stderr: /give one of/ })
      fs.chmodSync(file, 0o644)
      check(yield* hcp(...user, "--password-file", file), { code: 2, stderr: /others may read it\n.*chmod 600/ })
      fs.chmodSync(file, 0o600)
      check(yield* hcp(...user, "--password-file", file), { stderr: "created finance/users/app\n" })
      check(yield* hcp("user", "modify", "app", ...in_, "--set", "roles=MONITOR,SECURITY"), {
        stderr: "changed finance/users/app\n"
      })
      check(yield* hcp("user", "modify", "app", ...in_, "--password-command", "echo canary-new-1"), {
        stderr: "gave app a new password\n"
      })
      const asApp = as({ HCP_FQDN: `finance.${domain}`, HCP_USERNAME: "app", HCP_PASSWORD: "canary-new-1" })
      check(yield* asApp("user", "list", "-o", "csv"), { stdout: "username\r\napp\r\nboss\r\n" })
      check(yield* asApp("namespace", "create", "mine"), { code: 3, stderr: /not allowed|roles/ })

      check(yield* hcp("permission", "modify", "invoices", "read,write", "--user", "app", ...in_), {
        stderr: "changed finance/users/app/dataAccess\n"
      })
      check(yield* hcp("permission", "modify", "none", "READ", "--user", "app", ...in_), {
        code: 2,
        stderr: /is no namespace/
      })
      check(yield* hcp("permission", "modify", "invoices", "FLY", "--user", "app", ...in_), {
        code: 2,
        stderr: /must be one of/
      })
      check(yield* hcp("permission", "modify", "invoices", "READ", "--user", "no", ...in_), {
        code: 4,
        stderr: /no user no/
      })
      check(yield* hcp("permission", "list", "--user", "app", ...in_, "-o", "csv"), {
        stdout: 'namespace,permissions\r\ninvoices,"BROWSE,READ,WRITE"\r\n'
      })
      check(yield* hcp("permission", "delete", "invoices", "--user", "app", ...in_, "--yes"), {
        stderr: "deleted the permissions of app in invoices\n"
      })

      const tax = ["invoices", "tax", ...in_]
      check(yield* hcp("retention-class", "create", ...tax, "--set", "value=A+10y"), {
        code: 2,
        stderr: /allowDisposition/
      })
      const value = ["--set", "value=A+10y", "--set", "allowDisposition=false"]
      check(yield* hcp("retention-class", "create", ...tax, ...value), {
        stderr: "created finance/namespaces/invoices/retentionClasses/tax\n"
      })
      check(yield* hcp("retention-class", "modify", ...tax, "--set", "value=A+12y"), {
        stderr: "changed finance/namespaces/invoices/retentionClasses/tax\n"
      })
      check(yield* hcp("retention-class", "create", "none", "tax", ...in_, ...value), {
        code: 4,
        stderr: /no namespace none/
      })

      check(yield* hcp("group", "create", "audit@corp", ...in_), { code: 3, stderr: /Active Directory/ })
      check(yield* hcp("tenant", "modify", "finance", "--set", "authenticationTypes=LOCAL,EXTERNAL", "-q"), {})
      check(yield* hcp("group", "create", "audit@corp", ...in_), { stderr: "created finance/groups/audit@corp\n" })
      check(yield* hcp("group", "modify", "audit@corp", ...in_, "--set", "roles=MONITOR", "-q"), {})

      // Deletions ask, or need --yes where nobody can be asked.
      for (const [deletion, what] of [
        [["retention-class", "delete", ...tax], "retention class tax of invoices"],
        [["namespace", "delete", "invoices", ...in_], "namespace invoices"],
        [["group", "delete", "audit@corp", ...in_], "group audit@corp"],
        [["user", "delete", "app", ...in_], "user app"],
        [["tenant", "delete", "finance"], "tenant finance"]
      ] as const) {
        check(yield* hcp(...deletion), { code: 2, stderr: new RegExp(`delete the ${what}, and there is no terminal`) })
        check(yield* hcp(...deletion, "--dry-run"), { stderr: `would delete the ${what}\n` })
        check(yield* hcp(...deletion, "--yes"), { stderr: `deleted the ${what}\n` })
        check(yield* hcp(...deletion, "--yes"), { code: 4, stderr: `hcp: there is no ${what}\n` })
        check(yield* hcp(...deletion, "--dry-run"), { code: 4, stderr: `hcp: there is no ${what}\n` })
      }
    })
  )
})
