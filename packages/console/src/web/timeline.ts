/**
 * The retention of an object as a line from when it was stored to when it may be deleted.
 *
 * @internal
 */
import { h, svg } from "./dom.ts"
import * as Format from "./format.ts"
import type { ObjectDocument } from "./types.ts"

const words = {
  allowed: "It may be deleted at any time.",
  prohibited: "It may never be deleted.",
  unspecified: "It may not be deleted until its retention is decided.",
  unknown: "HCP says nothing that is understood.",
  until: ""
}

export const timeline = ({ createdAt, hold, holds, now: at, retention }: ObjectDocument): HTMLElement => {
  const start = createdAt === undefined ? Number.NaN : Date.parse(createdAt)
  const end = retention.until === undefined ? Number.NaN : Date.parse(retention.until)
  const now = Date.parse(at)
  const held = hold === true || holds.length > 0
  const label = held
    ? `On hold${holds.length > 0 ? `: ${holds.join(", ")}` : ""}.`
    : retention.until === undefined
      ? words[retention.kind]
      : end > now
        ? `Until ${Format.time(retention.until)}.`
        : `Its retention has ended, ${Format.time(retention.until)}.`
  const share = Number.isNaN(start) || Number.isNaN(end) || end <= start ? undefined : (now - start) / (end - start)
  const done = Math.min(Math.max((share ?? (retention.kind === "allowed" ? 1 : 0)) * 100, 0), 100)
  const isOpen = retention.kind === "allowed" || (share !== undefined && share >= 1)
  return h(
    "div",
    { class: `timeline ${held || !isOpen ? "kept" : "open"}` },
    svg(
      "svg",
      { viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": label },
      svg("rect", { class: "whole", x: 0, y: 3, width: 100, height: 4, rx: 1 }),
      svg("rect", { class: "done", x: 0, y: 3, width: done, height: 4, rx: 1 }),
      svg("rect", { class: "now", x: Math.min(done, 99.4), y: 0, width: 0.6, height: 10 })
    ),
    h(
      "div",
      { class: "ends" },
      h("span", {}, `stored ${Format.time(createdAt)}`),
      h("span", {}, retention.until === undefined ? "" : Format.time(retention.until))
    ),
    h("p", {}, label, retention.class === undefined ? "" : ` Class ${retention.class}.`)
  )
}
