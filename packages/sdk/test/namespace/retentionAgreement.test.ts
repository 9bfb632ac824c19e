import { assert, describe, it } from "@effect/vitest"
import { Retention as Simulated } from "@effect-hcp/simulator"
import { Result } from "effect"
import * as Retention from "../../src/namespace/Retention.ts"

const now = 1_800_000_000
const ingested = now - 100
const settings = {
  "": [0, -1, -2, now - 10, now + 10, 400_000_000_000],
  keep: [ingested + 365 * 86_400]
}
const asked = ["0", "-1", "-2", `${now - 20}`, `${now + 10}`, `${now + 20}`, "R+1d", "R-1d", "A+1y", "N+0d", "C+keep"]
const classes = [{ name: "keep", value: "A+1y" }]

const simulated = (setting: Simulated.Setting, text: string) =>
  Result.flatMap(Simulated.parse(text, { ingested, now, current: setting, classes }), (next) =>
    Simulated.modify(setting, next)
  )

describe("Retention.check and the simulator", () => {
  for (const className of ["", "keep"] as const) {
    it(`say the same of every change ${className === "" ? "of a value" : "from a class"}, or check does not know`, () => {
      for (const until of settings[className]) {
        for (const text of asked) {
          const stored = Retention.fromMetadata({ retention: String(until), retentionClass: className })
          const said = Result.flatMap(Retention.parse(text), (next) => Retention.check(stored, next))
          const isDone = Result.isSuccess(simulated({ until, className }, text))
          const label = `${className} ${until} to ${text}`
          if (Result.isFailure(said)) assert.isFalse(isDone, label)
          else if (said.success === "allowed") assert.isTrue(isDone, label)
        }
      }
    })
  }
})
