import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as readline from "node:readline"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const driver = fileURLToPath(new URL("../peers/hcpsdk_driver.py", import.meta.url))

/** As much of the Python package as the driver uses; a name that it resolves is an error. */
const standIn = (parameters: string, address: string) => ({
  "ips.py": `
def query(fqdn, cache=False):
    raise RuntimeError("there is no name server")

class Circle(object):
    def __init__(self, fqdn, port=443, dnscache=False):
        result = query(fqdn, cache=dnscache)
        if result.raised:
            raise RuntimeError(result.raised)
        self._addresses = result.ips.copy()

    def _addr(self):
        return self._addresses[0]
`,
  "__init__.py": `
import http.client
from . import ips

class NativeAuthorization(object):
    def __init__(self, user, password):
        pass

class Target(object):
    def __init__(self, fqdn, authorization, port=443, dnscache=False${parameters}):
        self.fqdn = fqdn
        self.port = port
        self.address = ${address} or ips.Circle(fqdn, port=port, dnscache=dnscache)._addr()

class Connection(object):
    def __init__(self, target):
        self.target = target
        self.connection = http.client.HTTPConnection(target.address, target.port)

    def GET(self, request):
        self.connection.request("GET", request, headers={"Host": self.target.fqdn})
        self.response = self.connection.getresponse()
        self.response_status = self.response.status

    def read(self):
        return self.response.read()

    def close(self):
        self.connection.close()
`
})

const releases = {
  "takes an address": standIn(", address=None", "address"),
  "resolves its name": standIn("", "None")
}

/** What the driver says to one slice of 2 threads and 50 ms, at a server that counts. */
const measured = (files: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "hcpsdk-"))),
      (made) => Effect.sync(() => fs.rmSync(made, { recursive: true }))
    )
    fs.mkdirSync(path.join(folder, "hcpsdk"))
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, "hcpsdk", name), text)
    const hosts = new Set<string | undefined>()
    const server = yield* Effect.acquireRelease(
      Effect.callback<http.Server>((resume) => {
        const made = http.createServer((request, response) => {
          hosts.add(request.headers.host)
          response.end(Buffer.alloc(1024))
        })
        made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
      }),
      (made) =>
        Effect.sync(() => {
          made.close()
          made.closeAllConnections()
        })
    )
    const { port } = server.address() as AddressInfo
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn("python3", [driver, folder, String(port)], { stdio: ["pipe", "pipe", "inherit"] })),
      (started) => Effect.sync(() => started.kill("SIGKILL"))
    )
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const line = Effect.promise(async () => String((await lines.next()).value))
    assert.strictEqual(yield* line, "ready")
    child.stdin.write("2 50\n")
    return { answer: JSON.parse(yield* line), hosts: [...hosts] }
  }).pipe(Effect.scoped)

// Skipped where there is no Python 3.
const isThere = spawnSync("python3", ["--version"]).status === 0

describe.skipIf(!isThere)("the driver of the Python client", () => {
  for (const [name, files] of Object.entries(releases)) {
    it.live(`measures a release whose Target ${name}`, () =>
      Effect.gen(function* () {
        const { answer, hosts } = yield* measured(files)
        assert.isAbove(answer.opsPerSecond, 0)
        assert.isAtLeast(answer.p99, answer.p50)
        assert.deepStrictEqual(hosts, ["n1.t1.hcp1.example.com"])
      })
    )
  }
})
