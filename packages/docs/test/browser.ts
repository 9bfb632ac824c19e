import * as fs from "node:fs"
import * as http from "node:http"
import { createRequire } from "node:module"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { chromiumFile, launchChromium } from "../../console/test/chromium.ts"

const docs = fileURLToPath(new URL("..", import.meta.url))

export const dist = path.join(docs, "dist")

/** What is missing for these tests. */
export const missing: ReadonlyArray<string> = [
  ...(chromiumFile === undefined ? ["chromium"] : []),
  ...(fs.existsSync(path.join(dist, "index.html")) ? [] : ["the site, see `npm run docs`"])
]

/** The source of axe-core, for a page. */
export const axe = (): string => fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2"
}

/** The file of an address, as a web server finds it that leaves out `.html`. */
const fileOf = (address: string): string | undefined => {
  const plain = path.join(dist, path.normalize(decodeURIComponent(address)))
  return [plain, `${plain}.html`, path.join(plain, "index.html")].find(
    (file) => fs.existsSync(file) && fs.statSync(file).isFile()
  )
}

/** Serves the site; gives its address. */
export const served = Effect.acquireRelease(
  Effect.callback<{ readonly origin: string; readonly server: http.Server }>((resume) => {
    const server = http.createServer((request, response) => {
      const file = fileOf((request.url ?? "/").split("?")[0] ?? "/")
      if (file === undefined) {
        response.writeHead(404).end()
        return
      }
      response.writeHead(200, { "Content-Type": types[path.extname(file)] ?? "application/octet-stream" })
      fs.createReadStream(file).pipe(response)
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ origin: `http://127.0.0.1:${port}`, server }))
    })
  }),
  ({ server }) =>
    Effect.sync(() => {
      server.closeAllConnections()
      server.close()
    })
)

/** A page of a browser of its own. */
export const openPage = Effect.gen(function* () {
  const browser = yield* Effect.acquireRelease(
    Effect.promise(() => launchChromium(chromiumFile ?? "")),
    (browser) => Effect.promise(() => browser.close())
  )
  return yield* Effect.promise(() => browser.newPage())
})

/** @see {@link openPage} */
export type Page = Effect.Success<typeof openPage>
