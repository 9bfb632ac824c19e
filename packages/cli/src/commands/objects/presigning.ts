/**
 * `presign`: a URL that lets anybody read or store one object for a while.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { usage } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { optionalText, toggle } from "../../internal/flagForms.ts"
import { withS3 } from "../../internal/gateways.ts"
import { Output } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { instant } from "../../internal/show.ts"
import { spanMillis } from "../../internal/span.ts"

/** @internal */
export const presign = command(
  "presign",
  "Make a URL that lets anybody read or store one object for a while",
  [
    ["hcp presign s3://finance/q4.pdf --expires 12h", "To read it, with any browser, until tonight"],
    ['curl -T q4.pdf "$(hcp presign s3://finance/q4.pdf --put)"', "To store it"]
  ],
  {
    place: Argument.String("place").pipe(
      Argument.withDescription("Object: s3://bucket/key, or PROFILE:s3://bucket/key")
    ),
    expires: Flag.String("expires").pipe(
      Flag.filterMap(spanMillis, (text) => `Expected a time span such as 90s, 15m, 12h or 7d, got ${text}`),
      Flag.withDescription("For how long the URL is good, up to 7d (default: 15m)"),
      Flag.withDefault(15 * 60_000)
    ),
    put: toggle("put", "To store the object, not to read it"),
    versionId: optionalText("version-id", "The version (default: the one that is current when the URL is used)"),
    endpoint: optionalText(
      "endpoint",
      "Scheme and host under which those who get the URL reach HCP, " +
        "such as https://europe.hcp.example.com (default: the tenant's host)"
    )
  },
  ({ endpoint, expires, place, put, versionId }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const at = yield* Effect.fromResult(Place.parseAny(place))
      if (at._tag !== "S3") return yield* usage("a URL is made for a place of S3", "write s3://bucket/key")
      const { bucket, key } = Place.bucketParts(at.path)
      if (bucket === "" || key === "") return yield* usage(`${at.path} names no object`, "write s3://bucket/key")
      if (put && Option.isSome(versionId)) return yield* usage("--version-id is for reading, without --put")
      const Presign = yield* Effect.promise(() => import("@effect-hcp/s3/Presign"))
      const options = { expiresIn: Duration.millis(expires), publicEndpoint: Option.getOrUndefined(endpoint) }
      const { expiresAt, method, url } = yield* withS3(
        at,
        put
          ? Presign.put(bucket, key, options)
          : Presign.get(bucket, key, { ...options, versionId: Option.getOrUndefined(versionId) })
      )
      // So that a command line takes it as it is.
      if (output.format === "table") {
        yield* output.raw(Stream.succeed(`${url}\n`))
        return yield* output.note(`good until ${DateTime.formatIso(expiresAt)} for whoever has it`)
      }
      yield* output.record([{ name: "method" }, { name: "url" }, { name: "expires" }], {
        method,
        url,
        expires: instant(expiresAt)
      })
    })
)
