/**
 * The pages of a console in Chromium, for tests that look at them.
 */
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, describe, it, layer, type Vitest } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import type { Page } from "playwright-core"
import { bundleWeb } from "../../../.ci/web.ts"
import { serve } from "../src/internal/server.ts"
import { chromiumFile, launchChromium } from "./chromium.ts"
import { signedIn, start } from "./consoles.ts"

const folder = Path.resolve(import.meta.dirname, "..")

const web = Effect.acquireRelease(
  Effect.promise(async () => {
    const target = Fs.mkdtempSync(Path.join(Os.tmpdir(), "hcp-console-web-"))
    await bundleWeb(folder, target)
    return target
  }),
  (target) => Effect.sync(() => Fs.rmSync(target, { recursive: true }))
)

const begin = Effect.gen(function* () {
  const files = yield* web
  const console = yield* start(files)
  const { systems } = console.facts
  const reading = yield* serve({ systems: systems.map((system) => ({ ...system, write: false })) }, files)
  const browser = yield* Effect.acquireRelease(
    Effect.promise(() => launchChromium(chromiumFile ?? "")),
    (browser) => Effect.promise(() => browser.close())
  )
  const client = yield* signedIn(console.url)
  const context = yield* Effect.promise(() => browser.newContext())
  // Whatever a page does that it must not.
  const wrong: Array<string> = []
  yield* Effect.promise(async () => {
    await context.route("**", (route) => {
      const { hostname } = new URL(route.request().url())
      if (hostname !== "127.0.0.1") wrong.push(`asks ${route.request().url()}`)
      return hostname === "127.0.0.1" ? route.continue() : route.abort()
    })
  })
  const page = yield* Effect.promise(() => context.newPage())
  page.on("pageerror", (error) => wrong.push(`throws ${error.message}`))
  page.on("dialog", (dialog) => wrong.push(`opens ${dialog.message()}`))
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) wrong.push(message.text())
  })
  yield* Effect.promise(() => page.goto(Redacted.value(console.url)))
  yield* Effect.promise(() => page.waitForSelector("hcp-systems .node"))
  return { ...console, reading: reading.url, files, browser, client, page, wrong }
})

export class Running extends Context.Service<Running, Effect.Success<typeof begin>>()("Running") {}

/** A test that looks at the page. */
export const looking = (look: (page: Page, running: Running["Service"]) => Promise<void>) =>
  Effect.gen(function* () {
    const running = yield* Running
    yield* Effect.promise(() => look(running.page, running))
    assert.deepStrictEqual(running.wrong, [])
  })

export const open = (page: Page, name: string, parameters: Record<string, string> = {}) =>
  page.evaluate(
    (hash) => {
      location.hash = hash
    },
    `#/${name}?${new URLSearchParams(parameters)}`
  )

/** For tests that do a lot, in milliseconds. */
export const limit = 120_000

export const system = "hcp1.example.com"
export const shows = (namespace: string, path = "/") => ({ system, namespace, path })

/** Drops a file of this many bytes on the folder. */
export const drop = async (page: Page, name: string, size: number) => {
  const transfer = await page.evaluateHandle(
    ([name, size]) => {
      const found = new DataTransfer()
      found.items.add(new File([new Uint8Array(size).fill(7)], name))
      return found
    },
    [name, size] as const
  )
  await page.dispatchEvent(".folder", "drop", { dataTransfer: transfer })
}

export const entry = (page: Page, name: string) =>
  page.locator(".entry", { has: page.locator(`.name`, { hasText: name }) })

/** Tests that share a console and a browser; without a Chromium on this machine they say so and are skipped. */
export const inChromium = (named: string, tests: (it: Vitest.MethodsNonLive<Running>) => void): void => {
  // It would have to be started to say that it is missing.
  if (chromiumFile === undefined) {
    describe.skip(`${named}, which is not on this machine`, () => it("is skipped", () => {}))
  } else layer(Layer.effect(Running, begin), { excludeTestServices: true, timeout: limit })(named, tests)
}
