/**
 * What comes before the root of a document: held back until it is certain that it is neither a DOCTYPE nor a page for
 * people.
 *
 * @internal
 */
import * as Result from "effect/Result"
import { isHtml, markupAt, withoutLeadingBlanks } from "./text.ts"

const maxProlog = 64 * 1024

/** The beginning of one document. */
export class Prolog {
  /** `undefined` once the document may be read. */
  #held: string | undefined = ""
  /** How many blanks stood before the prolog; `undefined` where they belong to it. */
  #blanks: number | undefined

  constructor(leadingBlanks: boolean) {
    this.#blanks = leadingBlanks ? 0 : undefined
  }

  /** The text without the blanks that do not belong to the document. */
  skipBlanks(text: string): string {
    if (this.#held !== "" || this.#blanks === undefined) return text
    const rest = withoutLeadingBlanks(text)
    this.#blanks += text.length - rest.length
    return rest
  }

  /** As much of the text as may be read by now, with what was held back; or why it may not be. */
  pass(text: string): Result.Result<string, string> {
    if (this.#held === undefined) return Result.succeed(text)
    this.#held += text
    const markup = markupAt(this.#held)
    if (markup === undefined) {
      return (this.#blanks ?? 0) + this.#held.length > maxProlog
        ? Result.fail(`its root does not begin within ${maxProlog} characters`)
        : Result.succeed("")
    }
    if (isHtml(markup)) return Result.fail("it is an HTML page")
    if (/^<!DOCTYPE/i.test(markup)) return Result.fail("it has a DOCTYPE, which is never read")
    if (!markup.startsWith("<")) return Result.fail("it does not begin with a tag")
    return Result.succeed(this.rest())
  }

  /** What is held back still. */
  rest(): string {
    const held = this.#held ?? ""
    this.#held = undefined
    return held
  }
}
