import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { drop, entry, inChromium, looking, open, Running, shows } from "./pages.ts"

inChromium("what pages of a console must not do, in Chromium", (it) => {
  it.effect("take no harm from names", () =>
    looking(async (page, { client }) => {
      const names = ["<img src=x onerror=alert(1)>", "مرحبا بالعالم"]
      for (const name of names) {
        const place = new URLSearchParams(shows("n1.t1", `/odd/${name}`))
        await Effect.runPromise(
          client.ask({ method: "PUT", path: `/api/content?${place}`, body: `<script>alert(2)</script>` })
        )
      }
      await open(page, "objects", shows("n1.t1", "/odd"))
      for (const name of names) {
        await entry(page, name).click()
        await page.locator(".panel h2", { hasText: name }).waitFor()
        await page.locator(".panel .preview", { hasText: "<script>alert(2)</script>" }).waitFor()
      }
      assert.strictEqual(await page.locator("main img[src=x], main script").count(), 0)
    })
  )

  it.effect("run nothing that an object holds, opened as a page of its own", () =>
    looking(async (page, { client }) => {
      const html = "<!doctype html><title>ran</title><script>document.title = 'evil'; alert(3)</script>"
      const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(4)</script></svg>`
      for (const [name, body] of [
        ["evil.html", html],
        ["evil.svg", svg],
        ["evil.png", html]
      ] as const) {
        const place = new URLSearchParams(shows("n1.t1", `/run/${name}`))
        await Effect.runPromise(client.ask({ method: "PUT", path: `/api/content?${place}`, body }))
        const opened = await page.context().newPage()
        opened.on("dialog", (dialog) => assert.fail(`${name} opens ${dialog.message()}`))
        for (const query of [`content?${place}`, `content?${place}&picture`]) {
          // It is saved, and not shown.
          const [download] = await Promise.all([
            opened.waitForEvent("download"),
            opened.goto(`${client.origin}/api/${query}`).catch(() => undefined)
          ])
          assert.strictEqual(download.suggestedFilename(), name)
          await download.cancel()
        }
        await opened.goto(`${client.origin}/api/preview?${place}`)
        assert.strictEqual(await opened.locator("body").innerText(), body)
        assert.notStrictEqual(await opened.title(), "evil")
        // A frame and a script of the console's own origin get nothing of it either.
        await opened.goto(`${client.origin}/`)
        const loaded = await opened.evaluate(
          (source) =>
            new Promise<string>((resolve) => {
              const script = Object.assign(document.createElement("script"), { src: source })
              script.addEventListener("load", () => resolve("runs"))
              script.addEventListener("error", () => resolve("refused"))
              document.head.append(script)
            }),
          `/api/content?${place}`
        )
        assert.strictEqual(loaded, "refused")
        await opened.close()
      }
    })
  )

  it.effect("show the clock of the simulator, whatever that of the browser says", () =>
    looking(async (page, { client }) => {
      const other = await page.context().newPage()
      await other.clock.setFixedTime(new Date("2001-02-03T04:05:06Z"))
      await other.goto(`${client.origin}/`)
      const clock = other.locator(".clock", { hasText: /UTC$/ })
      await clock.waitFor()
      assert.strictEqual(await other.evaluate(() => new Date().getFullYear()), 2001)
      const shown = Date.parse((await clock.innerText()).replace(" UTC", "Z").replace(" ", "T"))
      assert.closeTo(shown, Date.now(), 10_000)
      await other.close()
    })
  )

  it.effect("offer nothing that changes a system that is only read", () =>
    looking(async (_, { browser, client, reading, wrong }) => {
      const context = await browser.newContext()
      const page = await context.newPage()
      page.on("pageerror", (error) => wrong.push(`throws ${error.message}`))
      await page.goto(Redacted.value(reading))
      const buttons = async () =>
        (await page.locator("main :is(button, select, input, textarea):visible").all()).map(
          async (one) => (await one.getAttribute("aria-label")) ?? (await one.innerText())
        )
      const seen = async () => [...new Set(await Promise.all(await buttons()))].sort()
      await page.locator(".badge", { hasText: "read only" }).waitFor()
      const place = shows("n2.t1")
      const stored = new URLSearchParams({ ...place, path: "/v.txt" })
      await Effect.runPromise(client.ask({ method: "PUT", path: `/api/content?${stored}`, body: "kept" }))
      await open(page, "objects", place)
      await entry(page, "v.txt").click()
      await page.locator(".versions li").first().waitFor()
      assert.deepStrictEqual(await seen(), ["Close", "Make a link for an hour", "Namespace", "Refresh"])
      await open(page, "objects", { ...place, path: "/nothing" })
      await page.locator(".folder .problem, .folder .nothing").waitFor()
      assert.strictEqual(await page.getByText("Drop files here").count(), 0)
      await drop(page, "dropped.bin", 10)
      assert.strictEqual(await page.locator(".upload").count(), 0)
      await open(page, "tenants")
      await page.getByRole("button", { name: "Show t1" }).waitFor()
      assert.deepStrictEqual(await seen(), ["Show t1", "System"])
      const menu = await page.locator("header nav a").allInnerTexts()
      assert.deepStrictEqual(menu, ["Objects", "Tenants", "Queries", "Client"])
      await context.close()
    })
  )

  it.effect("answer pages of other origins with 403", () =>
    Effect.gen(function* () {
      const { client, facts, page } = yield* Running
      const statuses = yield* Effect.promise(async () => {
        // Of another port of this machine, to which the browser even sends the cookie.
        const found: Array<number> = []
        for (const method of ["get", "post"]) {
          const evil = await page.context().newPage()
          await evil.goto(`${facts.control?.url}/state`)
          // What a script fetches the browser does not even show; a form leads the whole page there.
          const [answer] = await Promise.all([
            evil.waitForResponse((one) => one.url().startsWith(client.origin)),
            evil.evaluate(
              ([url, method]) => {
                const form = Object.assign(document.createElement("form"), { action: url, method })
                document.body.append(form)
                form.submit()
              },
              [`${client.origin}/api/session`, method] as const
            )
          ])
          found.push(answer.status())
          await evil.close()
        }
        return found
      })
      assert.deepStrictEqual(statuses, [403, 403])
    })
  )
})
