/**
 * What the pages ask the server.
 *
 * @internal
 */
import type { ConsoleApi, Place } from "./types.ts"

/** What went wrong, in words for people. */
export class Refused extends Error {
  readonly reason: string
  constructor(message: string, reason: string) {
    super(message)
    this.reason = reason
  }
}

/** The parameters of an address; what is undefined is left out. */
export const parameters = (given: object): string => {
  const found = new URLSearchParams()
  for (const [name, value] of Object.entries(given)) if (value !== undefined) found.set(name, String(value))
  return found.toString()
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {}

const refusalOf = (status: number, text: string): Refused => {
  if (status === 413) return new Refused("That is more than the console takes: at most 1 MiB.", "TooLarge")
  try {
    const { error, reason } = fields(JSON.parse(text))
    return new Refused(String(error ?? text), String(reason ?? status))
  } catch {
    return new Refused(text === "" ? `The server answered ${status}.` : text, String(status))
  }
}

/** The requests of a session. */
export class Server {
  readonly #csrf: string
  constructor(csrf: string) {
    this.#csrf = csrf
  }

  async #ask(path: string, init: RequestInit = {}): Promise<string> {
    const answer = await fetch(path, { ...init, cache: "no-store", credentials: "same-origin" }).catch(() => {
      throw new Refused("The console does not answer; it may have been ended.", "Unreachable")
    })
    const text = await answer.text()
    if (!answer.ok) throw refusalOf(answer.status, text)
    return text
  }

  /** What a question is answered with. */
  async get<Name extends keyof ConsoleApi["reads"]>(
    path: Name,
    query: ConsoleApi["reads"][Name]["query"]
  ): Promise<ConsoleApi["reads"][Name]["answer"]> {
    return JSON.parse(await this.#ask(`${path}?${parameters(query)}`))
  }

  /** Changes something. */
  async post<Name extends keyof ConsoleApi["changes"]>(
    path: Name,
    payload: ConsoleApi["changes"][Name]["payload"]
  ): Promise<ConsoleApi["changes"][Name]["answer"]> {
    const headers = { "content-type": "application/json", "x-hcp-console": this.#csrf }
    const text = await this.#ask(path, { method: "POST", headers, body: JSON.stringify(payload) })
    return text === "" ? undefined : JSON.parse(text)
  }

  /** The beginning of an object, as text. */
  preview(place: Place): Promise<string> {
    return this.#ask(`/api/preview?${parameters(place)}`)
  }

  /** Sends a file; tells how much of it is there. */
  upload(
    place: Place,
    file: File,
    ifExists: "fail" | "newVersion",
    progress: (sent: number) => void
  ): Promise<{ readonly outcome: string; readonly hash?: { readonly algorithm: string; readonly hex: string } }> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open("PUT", `/api/content?${parameters({ ...place, ifExists })}`)
      request.setRequestHeader("x-hcp-console", this.#csrf)
      request.upload.addEventListener("progress", ({ loaded }) => progress(loaded))
      request.addEventListener("load", () => {
        if (request.status === 200) resolve(JSON.parse(request.responseText))
        else reject(refusalOf(request.status, request.responseText))
      })
      request.addEventListener("error", () => reject(new Refused("The upload broke off.", "Aborted")))
      request.send(file)
    })
  }
}
