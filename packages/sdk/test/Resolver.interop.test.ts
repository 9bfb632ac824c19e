import { assert, describe, it, layer, type Vitest } from "@effect/vitest"
import { Duration, Effect } from "effect"
import * as Resolver from "../src/Resolver.ts"
import * as RealNameServer from "./utils/realNameServer.ts"

const fqdn = "n1.t1.hcp1.example.com"
const nodes = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]
// BIND takes no more than 100 records of one name and type.
const crowd = Array.from({ length: 100 }, (_, index) => `198.51.100.${index + 1}`)

const zoneFile = [
  "$TTL 60",
  "@ IN SOA ns hostmaster 1 3600 600 86400 5",
  "@ IN NS ns",
  "ns IN A 127.0.0.1",
  ...nodes.map((address) => `n1.t1.hcp1 5 IN A ${address}`),
  "n6.t1.hcp1 IN AAAA 2001:db8::1",
  "n6.t1.hcp1 IN AAAA 2001:db8::2",
  ...crowd.map((address) => `crowd IN A ${address}`),
  "www 30 IN CNAME alias",
  "alias 20 IN CNAME n1.t1.hcp1",
  "dangling IN CNAME nowhere.example.com.",
  "foreign IN CNAME n1.elsewhere.test.",
  "nodata IN TXT text",
  ""
].join("\n")

const bind: RealNameServer.Program = {
  binary: "named",
  arguments: (folder) => ["-g", "-c", `${folder}/named.conf`],
  isReady: /\brunning\n/,
  files: (folder, port) => ({
    "example.zone": zoneFile,
    "named.conf": `options {
      directory "${folder}"; pid-file none; session-keyfile none; querylog yes;
      listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
      recursion no; dnssec-validation no; minimal-responses yes; empty-zones-enable no;
    };
    controls {};
    zone "example.com" { type primary; file "${folder}/example.zone"; };
    `
  })
}

const unbound: RealNameServer.Program = {
  binary: "unbound",
  arguments: (folder) => ["-d", "-p", "-c", `${folder}/unbound.conf`],
  isReady: /start of service/,
  files: (folder, port) => ({
    "unbound.conf": `server:
      interface: 127.0.0.1
      port: ${port}
      directory: "${folder}"
      chroot: ""
      username: ""
      pidfile: ""
      use-syslog: no
      verbosity: 1
      log-queries: yes
      do-daemonize: no
      module-config: "iterator"
      local-zone: "example.com." static
      ${nodes.map((address) => `local-data: "${fqdn}. 5 IN A ${address}"`).join("\n      ")}
      local-data: "n6.t1.hcp1.example.com. IN AAAA 2001:db8::1"
      local-data: "n6.t1.hcp1.example.com. IN AAAA 2001:db8::2"
      ${crowd.map((address) => `local-data: "crowd.example.com. IN A ${address}"`).join("\n      ")}
      local-data: "www.example.com. 30 IN CNAME alias.example.com."
      local-data: "alias.example.com. 20 IN CNAME ${fqdn}."
      local-data: "dangling.example.com. IN CNAME nowhere.example.com."
      local-data: "nodata.example.com. IN TXT text"
    forward-zone:
      name: "."
      forward-addr: 127.0.0.1@9
    remote-control:
      control-enable: no
    `
  })
}

const dnsmasq: RealNameServer.Program = {
  binary: "dnsmasq",
  arguments: (folder) => ["--keep-in-foreground", "--log-facility=-", `--conf-file=${folder}/dnsmasq.conf`],
  isReady: /started, version/,
  files: (folder, port) => ({
    hosts: [
      ...nodes.map((address) => `${address} ${fqdn}`),
      "2001:db8::1 n6.t1.hcp1.example.com",
      "2001:db8::2 n6.t1.hcp1.example.com",
      ...crowd.map((address) => `${address} crowd.example.com`),
      ""
    ].join("\n"),
    "dnsmasq.conf": [
      `port=${port}`,
      "listen-address=127.0.0.1",
      "bind-interfaces",
      "no-resolv",
      "no-hosts",
      `addn-hosts=${folder}/hosts`,
      "pid-file=",
      "user=root",
      "log-queries=extra",
      "local=/example.com/",
      "local-ttl=5",
      "cname=www.example.com,alias.example.com",
      `cname=alias.example.com,${fqdn}`,
      "txt-record=nodata.example.com,text",
      ""
    ].join("\n")
  })
}

const resolverOf = (server: RealNameServer.RealNameServer["Service"], options: Resolver.Options = {}) =>
  Effect.runSync(Resolver.make({ timeout: "5 seconds", attempts: 1, ...options, nameServers: [server.label] }))

const resolve = (name: string, options?: Resolver.Options) =>
  Effect.flatMap(RealNameServer.RealNameServer, (server) => resolverOf(server, options).resolve(name))

const sorted = (found: ReadonlyArray<Resolver.ResolvedAddress>) => found.map((one) => one.address).sort()

const failureOf = (name: string) => Effect.flip(resolve(name))

/** What any name server with these names must give. */
const common = (it: Vitest.MethodsNonLive<RealNameServer.RealNameServer>) => {
  it.effect("all nodes of a system, with their TTL", () =>
    Effect.gen(function* () {
      const found = yield* resolve(fqdn)
      assert.deepStrictEqual(sorted(found), nodes)
      for (const one of found) assert.strictEqual(Duration.toSeconds(one.ttl), 5)
    })
  )

  it.effect("IPv6 addresses, and both families", () =>
    Effect.gen(function* () {
      const name = "n6.t1.hcp1.example.com"
      assert.deepStrictEqual(sorted(yield* resolve(name, { family: "IPv6" })), ["2001:db8::1", "2001:db8::2"])
      assert.lengthOf(yield* resolve(name, { family: "both" }), 2)
      assert.lengthOf(yield* resolve(fqdn, { family: "both" }), 4)
    })
  )

  it.effect("a chain of aliases, with the least TTL", () =>
    Effect.gen(function* () {
      const found = yield* resolve("www.example.com")
      assert.deepStrictEqual(sorted(found), nodes)
      for (const one of found) assert.strictEqual(Duration.toSeconds(one.ttl), 5)
    })
  )

  it.effect("an answer of 100 addresses, by TCP after a truncated one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(sorted(yield* resolve("crowd.example.com")), [...crowd].sort())
    })
  )

  it.effect("NXDOMAIN and a name without an address are NameNotFound", () =>
    Effect.gen(function* () {
      const missing = yield* failureOf("missing.example.com")
      assert.strictEqual(missing.reason._tag, "NameNotFound")
      assert.include(missing.message, "NXDOMAIN")
      for (const error of [yield* failureOf("nodata.example.com"), yield* failureOf("n6.t1.hcp1.example.com")]) {
        assert.strictEqual(error.reason._tag, "NameNotFound")
        assert.include(error.message, "no A record")
      }
    })
  )

  it.effect("the search list completes a short name", () =>
    Effect.gen(function* () {
      const found = yield* resolve("n1", { searchDomains: ["missing.example.com", "t1.hcp1.example.com"], ndots: 1 })
      assert.deepStrictEqual(sorted(found), nodes)
    })
  )

  it.effect("letters in random case come back as they were sent", () =>
    Effect.gen(function* () {
      for (const _ of Array(10)) assert.deepStrictEqual(sorted(yield* resolve(fqdn, { randomCase: true })), nodes)
    })
  )

  it.effect("500 lookups, 50 at a time", () =>
    Effect.gen(function* () {
      const server = yield* RealNameServer.RealNameServer
      const resolver = resolverOf(server)
      const found = yield* Effect.forEach(Array(500), () => resolver.resolve(fqdn), { concurrency: 50 })
      for (const addresses of found) assert.lengthOf(addresses, 4)
    })
  )
}

/** Runs the tests against a program if this machine has it, else shows what was skipped. */
const against = (
  title: string,
  program: RealNameServer.Program,
  tests: (it: Vitest.MethodsNonLive<RealNameServer.RealNameServer>) => void
) => {
  const path = RealNameServer.find(program.binary)
  if (path === undefined) {
    describe(title, () => it.skip(`skipped: there is no ${program.binary} on this machine`, () => undefined))
  } else {
    layer(RealNameServer.layer(path, program), { excludeTestServices: true })(title, tests)
  }
}

against("Resolver against BIND", bind, (it) => {
  common(it)

  it.effect("is asked with EDNS over UDP, over TCP for what is long, and in random case", () =>
    Effect.gen(function* () {
      const { log } = yield* RealNameServer.RealNameServer
      yield* resolve(fqdn)
      yield* resolve("crowd.example.com")
      assert.match(log(), /query: n1\.t1\.hcp1\.example\.com IN A \+E\(0\) /)
      assert.match(log(), /query: crowd\.example\.com IN A \+E\(0\) /)
      assert.match(log(), /query: crowd\.example\.com IN A \+E\(0\)T /)
      yield* resolve(fqdn, { randomCase: true })
      assert.match(
        log(),
        /query: (?!n1\.t1\.hcp1\.example\.com)[Nn]1\.[Tt]1\.[HhCcPp]{3}1\.[A-Za-z]{7}\.[A-Za-z]{3} IN A/
      )
      assert.notMatch(log(), /query: n1\.t1\.hcp1\.example\.com IN A \+E\(0\)T /)
    })
  )

  it.effect("an alias that leads nowhere is NameNotFound; one into a zone that is refused says so", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failureOf("dangling.example.com")).reason._tag, "NameNotFound")
      const foreign = yield* failureOf("foreign.example.com")
      assert.strictEqual(foreign.reason._tag, "NameServerFailed")
      assert.include(foreign.message, "REFUSED")
    })
  )
})

against("Resolver against Unbound", unbound, (it) => {
  common(it)

  it.effect("SERVFAIL, as it must not ask its own forwarder, is NameServerFailed", () =>
    Effect.gen(function* () {
      const error = yield* failureOf("hcp1.unreachable.example.net")
      assert.strictEqual(error.reason._tag, "NameServerFailed")
      assert.include(error.message, "SERVFAIL")
    })
  )

  it.effect("it answers with the first alias alone, so the others are asked for one by one", () =>
    Effect.gen(function* () {
      const { log } = yield* RealNameServer.RealNameServer
      assert.deepStrictEqual(sorted(yield* resolve("www.example.com")), nodes)
      for (const name of ["www.example.com", "alias.example.com", fqdn]) assert.include(log(), `${name}. A IN`)
    })
  )

  it.effect("an alias that leads nowhere is NameNotFound", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failureOf("dangling.example.com")).reason._tag, "NameNotFound")
    })
  )
})

against("Resolver against dnsmasq", dnsmasq, (it) => {
  common(it)

  it.effect("REFUSED, as it has nobody to ask, is NameServerFailed; the next server is asked", () =>
    Effect.gen(function* () {
      const server = yield* RealNameServer.RealNameServer
      const error = yield* failureOf("hcp1.unreachable.example.net")
      assert.strictEqual(error.reason._tag, "NameServerFailed")
      assert.include(error.message, "REFUSED")
      const resolver = yield* Resolver.make({ nameServers: ["127.0.0.1:9", server.label] })
      const found = yield* resolver.resolve(fqdn)
      assert.deepStrictEqual(sorted(found), nodes)
    })
  )
})
