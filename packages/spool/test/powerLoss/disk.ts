/**
 * A disk that knows what was synced. It is fed with the calls of a program, as strace writes them down, and says what a
 * power failure would have left at any of them:
 *
 * - `synced`: of each file what it had at its last sync, under the names that its folder had at the last sync of that;
 * - `named`: the same content under the present names, as file systems leave it that write names first;
 * - `torn`: besides, some of the writes that were not synced, others not, and one of them half.
 *
 * What a disk promises and does not keep, and sectors that are torn, are not simulated.
 */
import * as fs from "node:fs"
import * as path from "node:path"

interface Change {
  readonly at: number
  /** Nothing for a change of the length to `at`. */
  readonly bytes: Buffer | undefined
}

class File {
  now: Buffer = Buffer.alloc(0)
  synced: Buffer = Buffer.alloc(0)
  unsynced: Array<Change> = []
}

const changed = (content: Buffer, { at, bytes }: Change): Buffer => {
  const end = bytes === undefined ? at : Math.max(content.length, at + bytes.length)
  const result = Buffer.alloc(end)
  content.copy(result)
  bytes?.copy(result, at)
  return result
}

type Names = Map<string, File | "folder">

/** What of the disk is left. */
export type Kind = "synced" | "named" | "torn"

/** The text of strace's `-xx`. */
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll("\\x", ""), "hex")

const textOf = (hex: string): string => bytesOf(hex).toString()

const callPattern = /^(\w+)\((.*)\)\s+= (-?\d+)/s

export class Disk {
  readonly #root: string
  readonly #now: Names = new Map()
  readonly #synced: Names = new Map()
  /** Calls that have begun, by thread, with what their file had then. */
  readonly #begun = new Map<string, { readonly text: string; readonly sync: (() => void) | undefined }>()
  /** What the program wrote to its standard output. */
  output = ""
  syncs = 0

  constructor(root: string) {
    this.#root = root
  }

  /** The next line of strace; says whether a sync was done by it. */
  apply(line: string): boolean {
    const [, thread = "", text = ""] = /^(\d+)\s+(.*)$/s.exec(line) ?? []
    const unfinished = /^(.*) <unfinished \.\.\.>$/s.exec(text)?.[1]
    if (unfinished !== undefined) {
      this.#begun.set(thread, { text: unfinished, sync: this.#syncOf(unfinished) })
      return false
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(text)?.[1]
    const begun = resumed === undefined ? undefined : this.#begun.get(thread)
    this.#begun.delete(thread)
    const whole = resumed === undefined ? text : `${begun?.text ?? ""}${resumed}`
    const [, name = "", args = "", result = "-1"] = callPattern.exec(whole) ?? []
    if (Number(result) < 0) return false
    const sync = begun?.sync ?? this.#syncOf(whole)
    if (sync !== undefined) {
      sync()
      this.syncs++
      return true
    }
    this.#call(name, args)
    return false
  }

  /** What a sync that begins now makes durable, if this is one of a file or folder of the program. */
  #syncOf(call: string): (() => void) | undefined {
    const [, hex = ""] = /^f(?:data)?sync\(\d+<([^>]*)>/.exec(call) ?? []
    const place = textOf(hex)
    const found = this.#now.get(place)
    if (found === undefined && place !== path.dirname(this.#root)) return undefined
    if (found instanceof File) {
      const { now } = found
      const { length } = found.unsynced
      return () => {
        found.synced = now
        found.unsynced.splice(0, length)
      }
    }
    const names = [...this.#now].filter(([name]) => path.dirname(name) === place)
    return () => {
      for (const name of [...this.#synced.keys()]) if (path.dirname(name) === place) this.#synced.delete(name)
      for (const [name, file] of names) this.#synced.set(name, file)
    }
  }

  #call(name: string, args: string): void {
    const [first = "", second = ""] = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = ""]) => textOf(hex))
    const [, fd = "", hex = ""] = /^(\d+)<([^>]*)>/.exec(args) ?? []
    const open = this.#now.get(textOf(hex))
    switch (name) {
      case "mkdir":
        if (this.#isOurs(first)) this.#now.set(first, "folder")
        return
      case "openat":
        if (this.#isOurs(first) && args.includes("O_CREAT") && !this.#now.has(first)) this.#now.set(first, new File())
        if (args.includes("O_TRUNC")) this.#write(this.#now.get(first), { at: 0, bytes: undefined })
        return
      case "link":
      case "rename": {
        const file = this.#now.get(first)
        if (file !== undefined) this.#now.set(second, file)
        if (name === "rename") this.#now.delete(first)
        return
      }
      case "unlink":
        this.#now.delete(first)
        return
      case "ftruncate":
        return this.#write(open, { at: Number(/, (\d+)$/.exec(args)?.[1]), bytes: undefined })
      case "write":
      case "pwrite64":
      case "pwritev": {
        const bytes = Buffer.concat(
          [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, part = ""]) => bytesOf(part))
        )
        if (name === "write" && fd === "1") this.output += bytes.toString()
        const at = name === "write" ? (open instanceof File ? open.now.length : 0) : Number(/, (\d+)$/.exec(args)?.[1])
        return this.#write(open, { at, bytes })
      }
      default:
        if (open !== undefined) throw new Error(`what does ${name} do?`)
    }
  }

  #isOurs(place: string): boolean {
    return place === this.#root || place.startsWith(`${this.#root}/`)
  }

  #write(file: File | "folder" | undefined, change: Change): void {
    if (!(file instanceof File)) return
    file.now = changed(file.now, change)
    file.unsynced.push(change)
  }

  /** Writes down what is left, below `target` in place of the root. */
  leave(kind: Kind, target: string, random: () => number): void {
    const names = kind === "synced" ? this.#synced : this.#now
    // Only what can be reached.
    const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [name, file] of sorted) {
      const place = path.join(target, path.relative(this.#root, name))
      if (!fs.existsSync(path.dirname(place))) continue
      if (file === "folder") fs.mkdirSync(place, { recursive: true })
      else fs.writeFileSync(place, kind === "torn" ? this.#torn(file, random) : file.synced)
    }
  }

  #torn({ synced, unsynced }: File, random: () => number): Buffer {
    return unsynced.reduce((content, { at, bytes }) => {
      const drawn = random()
      if (drawn < 0.4) return content
      return changed(content, { at, bytes: drawn < 0.6 ? bytes?.subarray(0, bytes.length / 2) : bytes })
    }, synced)
  }
}
