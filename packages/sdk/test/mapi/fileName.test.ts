import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { safeName, suggestedName } from "../../src/mapi/internal/fileName.ts"

describe("fileName", () => {
  it("takes the name HCP suggests", () => {
    const cases: ReadonlyArray<readonly [header: string | undefined, name: string]> = [
      [
        "attachment; filename=HCPLogs-admin.hcp1.test-n17-sp20170321-1225.zip",
        "HCPLogs-admin.hcp1.test-n17-sp20170321-1225.zip"
      ],
      ['attachment; filename="a \\"b\\" c.zip"', "a _b_ c.zip"],
      ['attachment;FileName = "x;y.zip" ; size=3', "x;y.zip"],
      ["attachment; filename=a.zip; filename*=UTF-8''%E2%82%AC%20b.zip", "€ b.zip"],
      ["attachment; filename*=UTF-8'en'%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"],
      ["attachment", "otherwise.zip"],
      ["attachment; filename=", "otherwise.zip"],
      ["filename=a.zip", "otherwise.zip"],
      [undefined, "otherwise.zip"]
    ]
    for (const [header, name] of cases) assert.strictEqual(suggestedName(header, "otherwise.zip"), name, header)
  })

  it("never leads out of a folder, and is no device, hidden file or disguise", () => {
    const cases: ReadonlyArray<readonly [said: string, safe: string]> = [
      ["../../etc/passwd", "passwd"],
      ["..\\..\\boot.ini", "boot.ini"],
      ["/abs/olute.zip", "olute.zip"],
      ["C:\\x.zip", "x.zip"],
      ["C:x.zip", "C_x.zip"],
      ["..", ""],
      [".", ""],
      ["a/..", ""],
      ["a/", ""],
      [".bashrc", "bashrc"],
      ["a\u0000b\n.zip", "ab.zip"],
      ["a\u202epiz.exe", "apiz.exe"],
      ["CON", "_CON"],
      ["nul.zip", "_nul.zip"],
      ["trailing. . ", "trailing"],
      ["a?b*c|d.zip", "a_b_c_d.zip"]
    ]
    for (const [said, safe] of cases) assert.strictEqual(safeName(said), safe, JSON.stringify(said))
  })

  it("fits into a file system, its extension included", () => {
    const name = safeName(`${"€".repeat(300)}.zip`)
    assert.isAtMost(Buffer.byteLength(name), 200)
    assert.match(name, /^€+\.zip$/)
  })

  it.effect.prop("is the name of one file, whatever was said", [Schema.String], ([said]) =>
    Effect.sync(() => {
      const name = suggestedName(`attachment; filename="${said}"`, "otherwise.zip")
      assert.notMatch(name, /[/\\\p{Cc}]/u)
      assert.notInclude(["", ".", ".."], name)
      assert.isAtMost(Buffer.byteLength(name), 200)
    })
  )
})
