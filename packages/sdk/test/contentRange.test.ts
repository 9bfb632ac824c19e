import { assert, describe, it } from "@effect/vitest"
import { ResponseHeaders } from "../src/HcpHeaders.ts"
import { contentRangeOf } from "../src/internal/body/contentRange.ts"

const read = (value: string) => contentRangeOf(new ResponseHeaders(["Content-Range", value]))

describe("Content-Range", () => {
  it("is read with blanks around it, in any case of letters, and with a size nobody knows", () => {
    for (const text of ["bytes 2-4/9", " bytes 2-4/9\t", "Bytes 2-4/9"]) {
      assert.deepStrictEqual(read(text), { first: 2, last: 4, size: 9 })
    }
    assert.deepStrictEqual(read("bytes 0-0/*"), { first: 0, last: 0, size: undefined })
    assert.deepStrictEqual(read("bytes 8-8/9"), { first: 8, last: 8, size: 9 })
  })

  it("is none where it ends before it begins, goes beyond the object, or is of no bytes", () => {
    for (const text of ["bytes 4-2/9", "bytes 2-9/9", "bytes */9", "bytes 2-/9", "items 2-4/9", ""]) {
      assert.isUndefined(read(text), text)
    }
    assert.isUndefined(contentRangeOf(new ResponseHeaders([])))
  })
})
