import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { publicNamesOf } from "../src/checks/names.ts"
import { packages } from "../src/packages.ts"
import { axe, missing, openPage, type Page, served } from "./browser.ts"

/** One of each kind of page. */
const pages = [
  "/",
  "/guide/start",
  "/concepts/retries",
  "/performance",
  "/reference/errors/wire",
  "/reference/configuration",
  "/manual/namespace/",
  "/recipes/archive",
  "/api/sdk/namespace/Namespace/"
]

const desktop = { width: 1280, height: 900 }
const telephone = { width: 360, height: 740 }

const screenshots = process.env.DOCS_SCREENSHOTS

const shoot = (page: Page, address: string, kind: string): Promise<unknown> =>
  screenshots === undefined
    ? Promise.resolve()
    : page.screenshot({ path: path.join(screenshots, `${address.replaceAll("/", "_")}-${kind}.png`) })

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: ReadonlyArray<{ readonly html: string }>
}

/** What axe-core finds serious on a page. */
const seriousOn = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe())
  const violations = await page.evaluate<ReadonlyArray<Violation>>("axe.run().then(({ violations }) => violations)")
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 160))
          .join(" ")}`
    )
}

/** Names of the lists of public names: the same in each run, and others with another `DOCS_SEED`. */
const drawn = (count: number): ReadonlyArray<string> => {
  const all = [...new Set(packages.flatMap(({ folder }) => publicNamesOf(folder).map(({ name }) => name)))].sort()
  let state = Number(process.env.DOCS_SEED ?? 30)
  const next = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state
  }
  return Array.from({ length: count }, () => all[next() % all.length] ?? "")
}

const results = "#localsearch-list .result"

/** Looks for a name as a reader does, and gives where the results lead. */
const search = async (page: Page, name: string): Promise<ReadonlyArray<string>> => {
  // Those of the name before go away with its letters.
  await page.fill("#localsearch-input", "")
  await page.waitForSelector(results, { state: "detached" })
  await page.fill("#localsearch-input", name)
  await page.waitForSelector(`${results}, .no-results`)
  return page.evaluate(`Array.from(document.querySelectorAll('${results}'), (one) => one.getAttribute("href"))`)
}

describe.skipIf(missing.length > 0)(
  `the site in Chromium${missing.length > 0 ? ` (missing: ${missing.join(", ")})` : ""}`,
  () => {
    it.live(
      "asks no other host, can be read on a telephone, light and dark, and axe-core finds nothing serious",
      () =>
        Effect.gen(function* () {
          const { origin } = yield* served
          const page = yield* openPage
          const asked: Array<string> = []
          page.on("request", (request) => asked.push(request.url()))
          const complaints = yield* Effect.promise(async () => {
            const found: Array<string> = []
            const backgrounds = new Map<string, string>()
            for (const address of pages) {
              for (const colorScheme of ["light", "dark"] as const) {
                await page.emulateMedia({ colorScheme })
                await page.setViewportSize(desktop)
                await page.goto(origin + address, { waitUntil: "networkidle" })
                await shoot(page, address, colorScheme)
                const serious = await seriousOn(page)
                found.push(...serious.map((one) => `${address} (${colorScheme}): ${one}`))
                backgrounds.set(colorScheme, await page.evaluate("getComputedStyle(document.body).backgroundColor"))
                await page.setViewportSize(telephone)
                // Loaded anew, as what moves away where a page becomes narrow is still on its way.
                await page.goto(origin + address, { waitUntil: "networkidle" })
                await shoot(page, address, `${colorScheme}-360`)
                const width = await page.evaluate<number>("document.documentElement.scrollWidth")
                if (width > telephone.width) found.push(`${address} is ${width} wide at ${telephone.width}`)
                const smallest = await page.evaluate<number>(
                  "Math.min(99, ...Array.from(document.querySelectorAll('.vp-doc p, .vp-doc li, .vp-doc td'), (one) => parseFloat(getComputedStyle(one).fontSize)))"
                )
                if (smallest < 12) found.push(`${address} has words of ${smallest} px`)
              }
            }
            if (backgrounds.get("light") === backgrounds.get("dark")) found.push("light and dark look the same")
            return found
          })
          assert.deepStrictEqual(complaints, [])
          assert.isNotEmpty(asked)
          assert.deepStrictEqual(
            asked.filter((url) => !url.startsWith(origin) && !url.startsWith("data:")),
            []
          )
        }).pipe(Effect.scoped),
      240_000
    )

    it.live(
      "finds thirty names that are drawn from the lists of public names",
      () =>
        Effect.gen(function* () {
          const { origin } = yield* served
          const page = yield* openPage
          const lost = yield* Effect.promise(async () => {
            await page.setViewportSize(desktop)
            await page.goto(`${origin}/guide/start`, { waitUntil: "networkidle" })
            await page.click(".VPNavBarSearch button")
            await page.waitForSelector("#localsearch-input")
            const found: Array<string> = []
            for (const name of drawn(30)) {
              const links = await search(page, name)
              // Its page, or that of the module with its name, which begins with it.
              if (!links.some((link) => new RegExp(`/${name}/?(?:#.*)?$`).test(link))) {
                found.push(`${name}: ${links.join(", ")}`)
              }
            }
            return found
          })
          assert.deepStrictEqual(lost, [])
        }).pipe(Effect.scoped),
      240_000
    )
  }
)

if (screenshots !== undefined) fs.mkdirSync(screenshots, { recursive: true })
