import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { promisify } from "node:util"
import { assert } from "@effect/vitest"
import { Acl, Namespace } from "@effect-hcp/sdk"
import { Effect } from "effect"
import { entry, inChromium, looking, open, shows, system } from "./pages.ts"

inChromium("what pages of a console show and do, in Chromium", (it) => {
  it.effect("annotate an object, hold it, share it, and show who may do what with it", () =>
    looking(async (page, { client, facts }) => {
      const place = shows("n2.t1", "/panel.txt")
      const asked = new URLSearchParams(place)
      await Effect.runPromise(client.ask({ method: "PUT", path: `/api/content?${asked}`, body: "shown" }))
      const objects = facts.systems[0]?.namespaces[1]?.objects
      if (objects === undefined) return assert.fail("there is no such namespace")
      const grant = Effect.flatMap(Namespace.Namespace, (namespace) =>
        namespace.acl.put(place.path, Acl.grant(Acl.empty, Acl.allUsers, ["READ"]))
      )
      await Effect.runPromise(Effect.provide(grant, objects))
      await open(page, "objects", shows("n2.t1"))
      await entry(page, "panel.txt").click()
      await page.locator(".grants li", { hasText: "group all_users READ" }).waitFor()
      await page.getByText("Add one").click()
      await page.getByLabel("XML", { exact: true }).fill("<invoice>42</invoice>")
      await page.getByRole("button", { name: "Store", exact: true }).click()
      await page.getByRole("button", { name: "default (21 B)" }).click()
      await page.locator("pre", { hasText: "<invoice>42</invoice>" }).waitFor()
      await page.getByRole("button", { name: "Put on hold" }).click()
      await page.locator(".timeline.kept", { hasText: "On hold." }).waitFor()
      await page.locator(".protection", { hasText: "It is on hold" }).waitFor()
      await page.getByRole("button", { name: "Release the hold" }).click()
      await page.locator(".timeline.open", { hasText: "It may be deleted at any time." }).waitFor()
      await page.getByRole("button", { name: "Make a link for an hour" }).click()
      await page.locator(".shared:not([hidden])").waitFor()
      assert.match(
        await page.getByLabel("Link").inputValue(),
        /^https:\/\/t1\.hcp1\.example\.com:\d+\/n2\/panel\.txt\?/
      )
    })
  )

  it.effect("can be used by the keyboard alone", () =>
    looking(async (page, { client }) => {
      for (const name of ["a.txt", "b.txt", "c.txt"]) {
        const asked = new URLSearchParams(shows("n1.t1", `/keys/${name}`))
        await Effect.runPromise(client.ask({ method: "PUT", path: `/api/content?${asked}`, body: name }))
      }
      await open(page, "objects", shows("n1.t1", "/keys"))
      await entry(page, "b.txt").waitFor()
      const focused = () => page.evaluate(() => document.activeElement?.className ?? "")
      await page.getByRole("button", { name: "Refresh" }).focus()
      await page.keyboard.press("Tab")
      assert.strictEqual(await focused(), "list")
      await page.keyboard.press("ArrowDown")
      await page.keyboard.press("ArrowDown")
      assert.strictEqual(await page.locator(".list").getAttribute("aria-activedescendant"), "entry-1")
      await page.keyboard.press("Enter")
      await page.locator(".panel .preview", { hasText: "b.txt" }).waitFor()
      await page.waitForFunction(() => document.activeElement?.tagName === "H2")
      await page.keyboard.press("Escape")
      await page.locator(".panel").waitFor({ state: "detached" })
      assert.strictEqual(await focused(), "list")
    })
  )

  it.effect("show tenants, their namespaces, and their chargeback as a chart", () =>
    looking(async (page) => {
      await open(page, "tenants")
      const row = page.locator("tr", { has: page.locator("b", { hasText: /^n2$/ }) })
      await row.waitFor()
      const text = await row.innerText()
      for (const shown of ["50 GB", "HTTPS", "REST", "S3", "versions", "read", "write"]) assert.include(text, shown)
      await page.locator(".bars g rect").first().waitFor()
      assert.match((await page.locator(".bars title").last().textContent()) ?? "", /:00:00: .* in, .* out$/)
      assert.match(await page.locator(".counts").innerText(), /^\d+ reads, [1-9]\d* writes, \d+ deletes$/)
    })
  )

  it.effect("steer what links the systems, and show what waits and what the name server said", () =>
    looking(async (page, { client }) => {
      await open(page, "systems")
      const link = page.locator(".link")
      await link.getByRole("button", { name: "Suspend" }).click()
      await link.locator(".badge", { hasText: "suspended" }).waitFor()
      const asked = new URLSearchParams(shows("n1.t1", "/waits.txt"))
      await Effect.runPromise(client.ask({ method: "PUT", path: `/api/content?${asked}`, body: "waits" }))
      await link.locator(".fact", { hasText: /hcp1.* to .*hcp2.*1 waiting/ }).waitFor()
      await link.getByRole("button", { name: "Resume" }).click()
      await link.locator(".fact", { hasText: /hcp1.* to .*hcp2.*0 waiting/ }).waitFor()
      await link.getByLabel("Lag").selectOption("2000")
      await page.waitForFunction(() => document.querySelector<HTMLSelectElement>(".link select")?.value === "2000")
      await link.getByLabel("Lag").selectOption("0")
      const names = page.locator(".card", { hasText: "Name server" })
      await names
        .locator(".names li", { hasText: /A n1\.t1\.hcp1\.example\.com udp\s*127\.\d/ })
        .first()
        .waitFor()
      await names.getByRole("button", { name: "Break" }).click()
      await names.locator(".badge.bad", { hasText: "failing" }).waitFor()
      await names.getByRole("button", { name: "Mend" }).click()
      await names.locator(".badge.good", { hasText: "answering" }).waitFor()
      const card = page.locator(`[data-domain="${system}"]`)
      await card.getByRole("button", { name: "Fail over" }).click()
      await card.getByText("served by hcp2.example.com").waitFor()
      await card.getByRole("button", { name: "Fail back" }).click()
      await card.getByRole("button", { name: "Fail over" }).waitFor()
    })
  )

  it.effect("slow a node, cut its bodies, make it refuse, and show what went wrong", () =>
    looking(async (page, { simulator }) => {
      const [{ nodes, ports }] = simulator.systems
      const tile = page.locator(`.node[data-address="${nodes[1]}"]`)
      for (const name of ["Slow", "Cut", "503"]) {
        await tile.getByRole("button", { name }).click()
        await tile.locator(`button[aria-pressed=true]`, { hasText: name }).waitFor()
        assert.include((await tile.getAttribute("class")) ?? "", "ill")
        if (name === "503") await (await fetch(`http://${nodes[1]}:${ports.http}/rest/x`)).text()
        await tile.getByRole("button", { name }).click()
        await tile.locator(`button[aria-pressed=false]`, { hasText: name }).waitFor()
      }
      await tile.getByText("Last error: 503: GET /rest/x").waitFor()
      await page.locator(`.node.up[data-address="${nodes[1]}"]`).waitFor()
    })
  )

  it.effect("show the requests of one node, and those of one kind of answer", () =>
    looking(async (page, { client, simulator }) => {
      const [{ nodes }] = simulator.systems
      await open(page, "requests")
      const missing = new URLSearchParams(shows("n1.t1", "/not/there"))
      for (let count = 0; count < 4; count++) {
        await Effect.runPromise(client.ask({ path: `/api/objects/head?${missing}` }))
      }
      const rows = page.locator(".requests tbody tr")
      await rows.filter({ hasText: "HEAD /rest/not/there" }).nth(3).waitFor()
      const cells = (index: number) => rows.locator(`td:nth-child(${index})`).allInnerTexts()
      await page.getByLabel("Answer").selectOption("4")
      assert.deepStrictEqual([...new Set((await cells(4)).map((text) => text[0]))], ["4"])
      await page.getByLabel("Node").selectOption(nodes[0])
      assert.deepStrictEqual([...new Set(await cells(2))], [nodes[0]])
      await page.getByLabel("Host or path").fill("no such path")
      await page.getByText("No request fits.").waitFor()
      assert.strictEqual(await rows.count(), 0)
    })
  )

  it.effect("say what a client would do, which works once it has the password", () =>
    looking(async (page, { files, simulator }) => {
      await open(page, "client")
      await page.getByLabel("Namespace").selectOption(`n2.t1 at ${system}`)
      const variables = await page.getByLabel("Variables").innerText()
      assert.include(variables, `export HCP_FQDN=n2.t1.${system}\n`)
      assert.include(variables, "export HCP_PASSWORD='<the password of n>'\n")
      const ca = Path.join(files, "ca.pem")
      Fs.writeFileSync(ca, simulator.ca)
      const env = {
        ...Object.fromEntries(
          Array.from(variables.matchAll(/^export (\w+)=(.*)$/gm), ([, name, value]) => [name, value])
        ),
        HCP_PASSWORD: "n01",
        HCP_CA_FILE: ca
      }
      const text = await page.getByLabel("Program").innerText()
      const node = ["--conditions=@effect-hcp/source", "--input-type=module", "--eval", text]
      const { stdout } = await promisify(execFile)(process.execPath, node, { cwd: import.meta.dirname, env })
      assert.match(stdout, /^5 \{\s+algorithm: 'SHA-256'/)
    })
  )
})
