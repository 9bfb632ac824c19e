/**
 * `retention` and `hold`: until when objects may not be deleted.
 *
 * @internal
 */
import type { Retention } from "@effect-hcp/sdk/Retention"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Failure, usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { dryRun } from "../../internal/copyFlags.ts"
import { optionalText, toggle } from "../../internal/flagForms.ts"
import { inStore } from "../../internal/gateways.ts"
import type { Protection } from "../../internal/objectStore.ts"
import { remoteObject } from "../../internal/placeArgument.ts"
import { field } from "../../internal/show.ts"
import { parseRetention } from "../../internal/storeFlags.ts"
import { wouldChange } from "../../internal/wouldChange.ts"

/** @internal */
export const retention = command(
  "retention",
  "Show or set until when an object may not be deleted",
  [
    ["hcp retention /invoices/42.pdf", "Shows it"],
    ["hcp retention /invoices/42.pdf A+10y", "Ten years from when it was stored"],
    ["hcp retention /invoices/42.pdf C+finance", "As long as a retention class says"],
    [
      "hcp retention s3://finance/42.pdf 2036-01-31T12:00:00+0000 --lock compliance",
      "Object Lock, in a bucket that was made with it"
    ]
  ],
  {
    place: remoteObject,
    retention: Argument.String("retention").pipe(
      Argument.withDescription("0, -1, -2, A+10y, R+1y, N+30d, C+class, or a time such as 2036-01-31T12:00:00+0000"),
      Argument.optional
    ),
    lock: Flag.Literals("lock", ["governance", "compliance"]).pipe(
      Flag.withDescription("Sets Object Lock of S3 in this mode, until the time"),
      Flag.optional
    ),
    bypass: toggle("bypass-governance", "Makes a lock in governance mode shorter; takes the permission for it"),
    dryRun
  },
  ({ bypass, dryRun, lock, place, retention }) =>
    Effect.gen(function* () {
      const until = yield* parseRetention(retention)
      const protection = yield* protectionOf(until, Option.getOrUndefined(lock), bypass)
      yield* inStore(
        place,
        Effect.fnUntraced(function* (store, { path }, output) {
          if (protection !== undefined) {
            const wanted = Option.getOrElse(retention, () => "")
            if (dryRun) yield* wouldChange(store, path, `set the retention of ${path} to ${wanted}`)
            else yield* store.protect(path, protection)
          }
          const found = yield* store.head(path)
          yield* output.record([{ name: "path" }, { name: "retention" }, { name: "lock" }, { name: "hold" }], {
            path,
            retention: field(found.retention),
            lock: field(found.lock),
            hold: field(found.hold)
          })
        })
      )
    })
)

const protectionOf = (
  until: Retention | undefined,
  lock: "governance" | "compliance" | undefined,
  bypass: boolean
): Effect.Effect<Protection | undefined, Failure> => {
  if (lock === undefined) {
    return bypass
      ? Effect.fail(usage("--bypass-governance needs --lock"))
      : Effect.succeed(until === undefined ? undefined : { retention: until })
  }
  return until?._tag === "Until"
    ? Effect.succeed({ lock: { mode: lock === "compliance" ? "COMPLIANCE" : "GOVERNANCE", until: until.at, bypass } })
    : Effect.fail(usage("--lock needs a time", "such as 2036-01-31T12:00:00+0000"))
}

/** @internal */
export const hold = command(
  "hold",
  "Show, set or release holds",
  [
    ["hcp hold /invoices/42.pdf", "Shows them"],
    ["hcp hold /invoices/42.pdf on", "Puts it on hold"],
    ["hcp hold /invoices/42.pdf off --label case-7", "Releases the hold with this label"],
    ["hcp hold s3://finance/42.pdf on --legal", "A legal hold of Object Lock"]
  ],
  {
    place: remoteObject,
    state: Argument.Literals("state", ["on", "off"]).pipe(
      Argument.withDescription("on or off (default: only shows)"),
      Argument.optional
    ),
    label: optionalText("label", "The hold with this label, such as the number of a case"),
    legal: toggle("legal", "The legal hold of Object Lock of S3"),
    dryRun
  },
  ({ dryRun, label, legal, place, state }) =>
    Effect.gen(function* () {
      if (Option.isSome(label) && Option.isNone(state)) return yield* usage("--label needs on or off")
      if (legal && Option.isNone(state)) return yield* usage("--legal needs on or off")
      if (legal && Option.isSome(label)) return yield* usage("a legal hold has no label")
      yield* inStore(
        place,
        Effect.fnUntraced(function* (store, { path }, output) {
          if (Option.isSome(state)) {
            const isOn = state.value === "on"
            const protection: Protection = legal
              ? { legalHold: isOn }
              : Option.isSome(label)
                ? { labelledHolds: [{ id: label.value, hold: isOn }] }
                : { hold: isOn }
            if (dryRun) yield* wouldChange(store, path, `${isOn ? "put on" : "take off"} hold: ${path}`)
            else yield* store.protect(path, protection)
          }
          const found = yield* store.head(path)
          yield* output.record([{ name: "path" }, { name: "hold" }, { name: "labels" }, { name: "legalHold" }], {
            path,
            hold: field(found.hold),
            labels: found.labelledHolds.join(" ") || null,
            legalHold: field(found.legalHold)
          })
        })
      )
    })
)
