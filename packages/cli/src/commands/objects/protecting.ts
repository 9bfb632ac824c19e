/**
 * `retention` and `hold`: until when objects may not be deleted.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { inNamespace } from "../../internal/connection.ts"
import { object } from "../../internal/placeArgument.ts"
import { field } from "../../internal/show.ts"
import { parseRetention } from "../../internal/storeFlags.ts"

/** @internal */
export const retention = command(
  "retention",
  "Show or set until when an object may not be deleted",
  [
    ["hcp retention /invoices/42.pdf", "Shows it"],
    ["hcp retention /invoices/42.pdf A+10y", "Ten years from when it was stored"],
    ["hcp retention /invoices/42.pdf C+finance", "As long as a retention class says"]
  ],
  {
    place: object,
    retention: Argument.String("retention").pipe(
      Argument.withDescription("0, -1, -2, A+10y, R+1y, N+30d, C+class, or a time such as 2036-01-31T12:00:00+0000"),
      Argument.optional
    )
  },
  ({ place, retention }) =>
    Effect.gen(function* () {
      const until = yield* parseRetention(retention)
      yield* inNamespace(
        place,
        Effect.fnUntraced(function* (ns, at, output) {
          if (until !== undefined) yield* ns.modify(at.path, { retention: until })
          const { hold, retentionText } = yield* ns.head(at.path)
          yield* output.record([{ name: "path" }, { name: "retention" }, { name: "hold" }], {
            path: at.path,
            retention: field(retentionText),
            hold: field(hold)
          })
        })
      )
    })
)

/** @internal */
export const hold = command(
  "hold",
  "Show, set or release holds",
  [
    ["hcp hold /invoices/42.pdf", "Shows them"],
    ["hcp hold /invoices/42.pdf on", "Puts it on hold"],
    ["hcp hold /invoices/42.pdf off --label case-7", "Releases the hold with this label"]
  ],
  {
    place: object,
    state: Argument.Literals("state", ["on", "off"]).pipe(
      Argument.withDescription("on or off (default: only shows)"),
      Argument.optional
    ),
    label: Flag.String("label").pipe(
      Flag.withDescription("The hold with this label, such as the number of a case"),
      Flag.optional
    )
  },
  ({ label, place, state }) =>
    Effect.gen(function* () {
      if (Option.isSome(label) && Option.isNone(state)) return yield* usage("--label needs on or off")
      yield* inNamespace(
        place,
        Effect.fnUntraced(function* (ns, at, output) {
          if (Option.isSome(state)) {
            const isOn = state.value === "on"
            yield* ns.modify(
              at.path,
              Option.isSome(label) ? { labelledHolds: [{ id: label.value, hold: isOn }] } : { hold: isOn }
            )
          }
          const found = yield* ns.head(at.path)
          yield* output.record([{ name: "path" }, { name: "hold" }, { name: "labels" }], {
            path: at.path,
            hold: field(found.hold),
            labels: found.labelledHolds.map(({ id }) => id).join(" ") || null
          })
        })
      )
    })
)
