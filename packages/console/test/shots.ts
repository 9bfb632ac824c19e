/**
 * Makes the pictures of the manual: `npm run console:shots`. It starts a simulator, stores a few objects, breaks a node and
 * looks at three pages in Chromium. With a folder as its argument it writes them there, also dark and narrow.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { Effect, Redacted } from "effect"
import type { Page } from "playwright-core"
import { bundleWeb } from "../../../.ci/web.ts"
import { chromiumFile, launchChromium } from "./chromium.ts"
import { signedIn, start } from "./consoles.ts"

const folder = Path.resolve(import.meta.dirname, "..")
const [, , asked] = process.argv
const target = asked ?? Path.join(folder, "pictures")

const system = "hcp1.example.com"

const objects: ReadonlyArray<readonly [path: string, text: string]> = [
  ["/invoices/2025/0017.xml", "<invoice><number>17</number></invoice>"],
  ["/invoices/2026/0042.xml", "<invoice>\n  <number>42</number>\n  <customer>Example Ltd</customer>\n</invoice>\n"],
  ["/reports/q3.csv", "region,revenue\nnorth,1200\nsouth,900\n"],
  ["/scans/contract.txt", "a scanned contract"],
  ["/readme.txt", "What lies here is kept for ten years."],
  ["/ledger-2025.csv", "date,amount\n"],
  ["/ledger-2026.csv", `date,amount\n${"2026-11-29,100\n".repeat(4000)}`]
]

const seed = Effect.fnUntraced(function* (client: Effect.Success<ReturnType<typeof signedIn>>) {
  for (const [path, text] of objects) {
    const place = new URLSearchParams({ system, namespace: "n2.t1", path, ifExists: "newVersion" })
    yield* client.ask({ method: "PUT", path: `/api/content?${place}`, body: text })
  }
  const kept = { system, namespace: "n2.t1", path: "/readme.txt" }
  const again = new URLSearchParams({ ...kept, ifExists: "newVersion" })
  yield* client.ask({
    method: "PUT",
    path: `/api/content?${again}`,
    body: "What lies here is kept for ten years.\n\nAsk Ann."
  })
  yield* client.post("/api/objects/annotation", { ...kept, name: "default", xml: "<about>the archive</about>" })
  yield* client.post("/api/objects/modify", { ...kept, retention: "A+10y" })
})

const open = async (page: Page, name: string, parameters: Record<string, string> = {}) => {
  await page.evaluate(
    (hash) => {
      location.hash = hash
    },
    `#/${name}?${new URLSearchParams(parameters)}`
  )
  await page.waitForSelector(`hcp-${name} h1`)
}

const program = Effect.gen(function* () {
  if (chromiumFile === undefined) return yield* Effect.die("There is no Chromium here; run: apt-get install chromium")
  const web = Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-console-web-"))
  yield* Effect.promise(() => bundleWeb(folder, web))
  const { simulator, url } = yield* start(web)
  const client = yield* signedIn(url)
  yield* seed(client)
  const browser = yield* Effect.acquireRelease(
    Effect.promise(() => launchChromium(chromiumFile ?? "")),
    (browser) => Effect.promise(() => browser.close())
  )
  Fs.mkdirSync(target, { recursive: true })
  const nodes = simulator.systems.flatMap(({ nodes }) => nodes)
  const traffic = async (rounds: number, page: Page) => {
    for (let round = 0; round < rounds; round++) {
      const log = new URLSearchParams({ system, namespace: "n2.t1", path: "/log.txt", ifExists: "newVersion" })
      await Effect.runPromise(client.ask({ method: "PUT", path: `/api/content?${log}`, body: `round ${round}` }))
      for (const [path] of objects) {
        const place = new URLSearchParams({ system, namespace: "n2.t1", path })
        await Effect.runPromise(client.ask({ path: `/api/content?${place}` }))
      }
      await page.waitForTimeout(400)
    }
  }
  yield* Effect.promise(async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    // A machine that does much else is slow, and a picture is not a race.
    page.setDefaultTimeout(120_000)
    await page.goto(Redacted.value(url))
    await page.waitForSelector("hcp-systems .node")
    const shoot = async (name: string, fullPage = false) => {
      await page.screenshot({ path: Path.join(target, `${name}.png`), fullPage })
      if (asked === undefined) return
      await page.emulateMedia({ colorScheme: "dark" })
      // Colours of buttons change slowly.
      await page.waitForTimeout(500)
      await page.screenshot({ path: Path.join(target, `${name}-dark.png`), fullPage })
      await page.setViewportSize({ width: 360, height: 740 })
      await page.screenshot({ path: Path.join(target, `${name}-narrow.png`), fullPage })
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.emulateMedia({ colorScheme: "light" })
    }
    const node = (index: number) => page.locator(`.node[data-address="${nodes[index]}"]`)
    const toggle503 = () => node(2).getByRole("button", { name: "503" }).click()
    await toggle503()
    await traffic(2, page)
    await toggle503()
    await node(1).locator(".break").click()
    await node(3).getByRole("button", { name: "Slow" }).click()
    // What is stored from now on waits for the link.
    await page.getByLabel("Lag", { exact: true }).selectOption("60000")
    await traffic(12, page)
    await page.waitForFunction(() => document.querySelector(".message") === null)
    await shoot("systems", true)
    await open(page, "requests")
    await traffic(2, page)
    await shoot("requests")
    await open(page, "objects", { system, namespace: "n2.t1", path: "/" })
    await page.locator(".entry", { hasText: "readme.txt" }).click()
    await page.locator(".versions li").first().waitFor()
    await page.locator(".panel .preview", { hasText: "Ann" }).waitFor()
    await shoot("objects")
    if (asked === undefined) return
    for (const name of ["tenants", "queries", "client"]) {
      await open(page, name)
      if (name === "queries") await page.getByRole("button", { name: "Search" }).click()
      await page.waitForTimeout(1500)
      await shoot(name)
    }
  })
  Fs.rmSync(web, { recursive: true })
})

await Effect.runPromise(Effect.scoped(program))
