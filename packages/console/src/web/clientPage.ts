/**
 * What a client would do: the variables that lead to a namespace, and a program to paste.
 *
 * @internal
 */
import { button, choice, h } from "./dom.ts"
import { Page } from "./page.ts"

const program = `import { HcpBody, Namespace } from "@effect-hcp/sdk"
import { Console, Effect } from "effect"

const program = Effect.gen(function* () {
  const ns = yield* Namespace.Namespace
  yield* ns.put("/hello.txt", HcpBody.text("Hello"), { ifExists: "replace" })
  const { size, hash } = yield* ns.head("/hello.txt")
  yield* Console.log(size, hash)
})

Effect.runPromise(Effect.provide(program, Namespace.layerConfig()))
`

const quoted = (value: string): string =>
  /^[\w.:/@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`

export class ClientPage extends Page {
  show(): void {
    const { session } = this.around
    const places = session.systems.flatMap(({ name, namespaces }) =>
      namespaces.map((namespace) => ({ label: `${namespace.name} at ${name}`, variables: namespace.variables }))
    )
    const variables = h("pre", { tabindex: 0, "aria-label": "Variables" })
    const shell = h("pre", { tabindex: 0, "aria-label": "Commands" })
    const show = (label: string) => {
      const found = places.find((one) => one.label === label)?.variables ?? {}
      variables.textContent = Object.entries(found)
        .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
        .join("")
      shell.textContent = "hcp ls /\nhcp put report.pdf /reports/report.pdf\nhcp stat /reports/report.pdf\n"
    }
    const copied = (pre: HTMLElement) =>
      button("Copy", () => void this.attempt(navigator.clipboard.writeText(pre.textContent ?? ""), "Copied."))
    const code = h("pre", { tabindex: 0, "aria-label": "Program" }, program)
    const card = (title: string, text: string, pre: HTMLElement) =>
      h(
        "section",
        { class: "card" },
        h("header", {}, h("h2", {}, title), h("span", { class: "spring" }), copied(pre)),
        h("p", { class: "quiet" }, text),
        pre
      )
    this.append(
      h("div", { class: "title" }, h("h1", {}, "What a client would do")),
      h(
        "div",
        { class: "tools" },
        choice(
          "Namespace",
          places.map(({ label }) => [label, label]),
          places[0]?.label ?? "",
          show
        )
      ),
      card(
        "Variables",
        "They lead any program of the SDK to this namespace. Secrets stay in the server: put yours in.",
        variables
      ),
      card("Program", "npm install @effect-hcp/sdk effect, then run it with Node.", code),
      card("At the shell", "npm install -g @effect-hcp/cli", shell)
    )
    show(places[0]?.label ?? "")
  }
}
