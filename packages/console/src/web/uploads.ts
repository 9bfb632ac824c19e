/**
 * Files that are sent to HCP, one after the other, with how far each has come.
 *
 * @internal
 */
import { button, h } from "./dom.ts"
import * as Format from "./format.ts"
import { Refused, type Server } from "./server.ts"
import type { Place } from "./types.ts"

/** Up to this the browser computes the hash as well. */
const maxHashed = 256_000_000

const hashes: Readonly<Record<string, string>> = {
  SHA256: "SHA-256",
  SHA384: "SHA-384",
  SHA512: "SHA-512",
  SHA1: "SHA-1"
}

const digest = async (file: File, algorithm: string): Promise<string | undefined> => {
  const name = hashes[algorithm.replace("-", "").toUpperCase()]
  if (name === undefined || file.size > maxHashed) return undefined
  const bytes = new Uint8Array(await crypto.subtle.digest(name, await file.arrayBuffer()))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

type IfExists = "fail" | "newVersion"

interface Upload {
  readonly place: Place
  readonly file: File
  readonly row: HTMLElement
  readonly bar: HTMLProgressElement
  readonly notice: HTMLElement
}

export class Uploads {
  readonly element = h("div", { class: "uploads", "aria-live": "polite" })
  readonly #server: Server
  readonly #stored: () => void
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(server: Server, stored: () => void) {
    this.#server = server
    this.#stored = stored
  }

  add(folder: Place, files: Iterable<File>): void {
    // What came of the ones before was seen.
    if (this.#waiting === 0) this.element.replaceChildren()
    for (const file of files) {
      const path = `${folder.path === "/" ? "" : folder.path}/${file.name}`
      const bar = h("progress", { max: Math.max(1, file.size), value: 0, "aria-label": `Sent of ${file.name}` })
      const notice = h("span", { class: "notice" }, "waiting")
      const row = h("div", { class: "upload", "data-path": path }, h("b", { dir: "auto" }, file.name), bar, notice)
      this.element.prepend(row)
      this.#queue({ place: { ...folder, path }, file, row, bar, notice }, "fail")
    }
  }

  #queue(upload: Upload, ifExists: IfExists): void {
    this.#waiting++
    this.#last = this.#last
      .then(() => this.#send(upload, ifExists))
      .then(() => {
        this.#waiting--
      })
  }

  async #send(upload: Upload, ifExists: IfExists): Promise<void> {
    const { bar, file, notice, place, row } = upload
    row.classList.remove("failed")
    try {
      const sent = await this.#server.upload(place, file, ifExists, (count) => {
        bar.value = count
        notice.textContent = `${Format.bytes(count)} of ${Format.bytes(file.size)}`
      })
      bar.value = bar.max
      row.classList.add("done")
      const { hash } = sent
      const own = hash === undefined ? undefined : await digest(file, hash.algorithm)
      const same =
        own === undefined
          ? ""
          : own === hash?.hex.toLowerCase()
            ? ", as this browser computed"
            : ", and not what this browser computed"
      notice.replaceChildren(
        `${Format.bytes(file.size)} stored. `,
        hash === undefined ? "" : `${hash.algorithm} `,
        h("code", { class: "hash" }, hash?.hex ?? ""),
        same
      )
      this.#stored()
    } catch (error) {
      row.classList.add("failed")
      if (!(error instanceof Refused) || error.reason !== "ObjectExists" || ifExists === "newVersion") {
        notice.textContent = error instanceof Error ? error.message : String(error)
        return
      }
      const again = () => {
        notice.textContent = "waiting"
        this.#queue(upload, "newVersion")
      }
      notice.replaceChildren("An object of that name is there already. ", button("Store a new version", again))
    }
  }
}
