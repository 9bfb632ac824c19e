/**
 * `node --conditions=@effect-hcp/source packages/bench/src/dryRun.ts [objects]`: how fast `hcp sync --dry-run` looks at
 * so many objects, and how much memory it takes for that. The other side is a server of this process that has a
 * directory of them, and nothing where they would go. Exits with 1 above 200 MB.
 */
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Http from "node:http"
import { fileURLToPath } from "node:url"
import { directoryHead, directoryTail, entry } from "./listedEntry.ts"

const objects = Number(process.argv[2] ?? 100_000)
const perDirectory = 10_000
const limitMb = 200
const bin = fileURLToPath(new URL("../../cli/src/bin.ts", import.meta.url))

const directories = Math.ceil(objects / perDirectory)
const subdirectory = (index: number): string =>
  `<entry urlName="d${index}" utf8Name="d${index}" type="directory" state="created"/>\n`

const list = (response: Http.ServerResponse, path: string): void => {
  response.writeHead(200, { "Content-Type": "text/xml", "X-HCP-Type": "directory", "X-RequestId": "1" })
  response.write(directoryHead)
  const [, number] = /\/d(\d+)$/.exec(path) ?? []
  if (number === undefined) {
    for (let at = 0; at < directories; at++) response.write(subdirectory(at))
  } else {
    const first = Number(number) * perDirectory
    for (let at = first; at < Math.min(objects, first + perDirectory); at++) response.write(entry(at))
  }
  response.end(directoryTail)
}

const server = Http.createServer((request, response) => {
  const [path = ""] = (request.url ?? "").split("?")
  if (request.method === "GET" && path.startsWith("/rest/large")) return list(response, path)
  response.writeHead(404, { "X-RequestId": "1", "Content-Length": "0" })
  response.end()
})

/** The most memory that a process has had, in kilobytes, as far as it still says. */
const peakOf = (pid: number): number | undefined => {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(Fs.readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes)
  } catch {
    return undefined
  }
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const begun = performance.now()
  const child = spawn(
    process.execPath,
    ["--conditions=@effect-hcp/source", bin, "sync", "/large", "/nothing", "--dry-run", "-o", "ndjson"],
    {
      env: {
        HOME: "/nowhere",
        HCP_FQDN: "n1.t1.hcp1.example.com",
        HCP_AUTH: "anonymous",
        HCP_ADDRESSES: "127.0.0.1",
        HCP_PORT: String(port),
        HCP_TLS: "false"
      },
      stdio: ["ignore", "pipe", "inherit"]
    }
  )
  let lines = 0
  let peak = 0
  child.stdout.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines++
    peak = peakOf(child.pid ?? 0) ?? peak
  })
  child.on("close", (code) => {
    const seconds = (performance.now() - begun) / 1000
    const megabytes = Math.round(peak / 1000)
    process.stdout.write(
      `${lines} objects in ${seconds.toFixed(1)} s (${Math.round(lines / seconds)} a second), at most ${megabytes} MB\n`
    )
    server.close()
    server.closeAllConnections()
    process.exitCode = code === 0 && lines === objects && megabytes < limitMb ? 0 : 1
  })
})
