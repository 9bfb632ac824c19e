/**
 * Elements from code. What is given as text becomes text, and never markup: names and contents of objects are
 * anybody's.
 *
 * @internal
 */

export type Child = Node | string | number | undefined | false

interface Properties {
  readonly class?: string
  readonly on?: Readonly<Record<string, (event: Event) => void>>
  /** Attributes; `true` for one without a value, `undefined` and `false` for none. */
  readonly [attribute: string]: string | number | boolean | undefined | Readonly<Record<string, (event: Event) => void>>
}

const fill = (element: Element, properties: Properties, children: ReadonlyArray<Child>): void => {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue
    if (typeof value === "object") {
      for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener)
    } else element.setAttribute(name, value === true ? "" : String(value))
  }
  for (const child of children) {
    if (child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child))
  }
}

/** An element of HTML. */
export const h = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: ReadonlyArray<Child>
): HTMLElementTagNameMap[Tag] => {
  const element = document.createElement(tag)
  fill(element, properties, children)
  return element
}

/** An element of SVG. */
export const svg = (tag: string, properties: Properties = {}, ...children: ReadonlyArray<Child>): SVGElement => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  fill(element, properties, children)
  return element
}

/** A button that does something when it is clicked. */
export const button = (label: Child, act: () => void, properties: Properties = {}): HTMLButtonElement =>
  h("button", { type: "button", ...properties, on: { click: act } }, label)

type Options = ReadonlyArray<readonly [value: string, label: string]>

/** What can be chosen in a `select`. */
export const options = (all: Options, chosen: string): ReadonlyArray<HTMLOptionElement> =>
  all.map(([value, text]) => h("option", { value, selected: value === chosen }, text))

/** A choice of some texts. */
export const choice = (
  label: string,
  all: Options,
  chosen: string,
  act: (value: string) => void
): HTMLSelectElement => {
  const select = h("select", { "aria-label": label }, ...options(all, chosen))
  select.addEventListener("change", () => act(select.value))
  return select
}

/** A row of a description: a name and what it is. */
export const fact = (name: string, ...value: ReadonlyArray<Child>): HTMLElement =>
  h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, ...value))

/** A line that says that something went wrong. */
export const problem = (text: string): HTMLElement => h("p", { class: "problem", role: "alert" }, text)

/** A line in place of what is not there. */
export const nothing = (text: string): HTMLElement => h("p", { class: "nothing" }, text)
