/**
 * Whether a job can be run, as far as that can be known before anything is touched.
 *
 * @internal
 */
import type { Changes } from "@effect-hcp/sdk/ChangeOptions"
import * as Expression from "@effect-hcp/sdk/Expression"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import * as Retention from "@effect-hcp/sdk/Retention"
import { dry, refusalOf } from "@effect-hcp/spool/InputCheck"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Action, BucketPlace, Job, Options, Source } from "../Job.ts"
import * as Schemas from "../Job.ts"
import { JobInvalid } from "../JobError.ts"
import { Bucket } from "./bucket/bucket.ts"
import { dryGateway } from "./bucket/dryGateway.ts"
import { asPrefix, rootOfPrefix } from "./bucket/keys.ts"

const decode = Schema.decodeUnknownResult(Schemas.Job, { errors: "all", onExcessProperty: "error" })

/** Whatever was given, as a job. What comes from JavaScript may throw when it is looked at. */
export const parse = (given: unknown): Result.Result<Job, JobInvalid> =>
  Result.flatMap(
    Result.try({ try: () => decode(given), catch: (error) => unreadable({ message: String(error) }) }),
    Result.mapError(unreadable)
  )

const unreadable = ({ message }: { readonly message: string }): JobInvalid =>
  new JobInvalid({ problems: [message.replaceAll(/\s*\n\s*/g, " ")] })

/** The job as it is kept: what counts from now counts from this moment. Fails with everything that is wrong. */
export const check = (job: Job, now: DateTime.Utc): Effect.Effect<Job, JobInvalid> =>
  Effect.gen(function* () {
    const problems = [
      ...(yield* problemsOfSource(job.source)),
      ...(yield* problemsOfAction(job.action, now)),
      ...problemsOfPlaces(job),
      ...problemsOfOptions(job.options ?? {})
    ]
    if (problems.length > 0) return yield* new JobInvalid({ problems })
    return { ...job, action: fixed(job.action, now) }
  })

/** A job that is written as JSON. */
export const parseText = (text: string): Result.Result<Job, JobInvalid> =>
  Result.flatMap(
    // Editors put a mark before the text.
    Result.try({ try: (): unknown => JSON.parse(text.replace(/^\uFEFF/, "")), catch: String }).pipe(
      Result.mapError((detail) => new JobInvalid({ problems: [`it is no JSON: ${detail}`] }))
    ),
    parse
  )

const at = (field: string, checked: Effect.Effect<unknown, HcpError>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.matchEffect(refusalOf(checked), {
    onFailure: ({ reason }) => Effect.succeed([`${field}: ${reason.message}`]),
    onSuccess: () => Effect.succeed([])
  })

const isPath = (field: string, path: string) => at(field, dry.head(path))

const problemsOfSource = (source: Source): Effect.Effect<ReadonlyArray<string>> => {
  switch (source._tag) {
    case "Walk":
      return isPath("source.path", source.path)
    case "Query": {
      const printed = Expression.print(Expression.raw(source.query))
      return Effect.succeed(Result.isFailure(printed) ? [`source.query: ${printed.failure.message}`] : [])
    }
    case "Keys":
      return Effect.map(
        Effect.forEach(source.paths, (path, index) => isPath(`source.paths[${index}]`, path)),
        // Of a hundred thousand that are wrong three say enough.
        (found) => found.flat().slice(0, 3)
      )
    case "Bucket":
      return problemsOfBucket("source", source)
    default:
      return Effect.succeed([])
  }
}

const problemsOfBucket = (field: string, { bucket, prefix }: BucketPlace): Effect.Effect<ReadonlyArray<string>> => {
  const root = rootOfPrefix(prefix)
  return Effect.map(
    Effect.all([
      at(
        `${field}.bucket`,
        dryGateway((gateway) => new Bucket(gateway, bucket).head("object"))
      ),
      root === "/" && asPrefix(prefix) === "" ? Effect.succeed([]) : isPath(`${field}.prefix`, root)
    ]),
    (found) => found.flat()
  )
}

const problemsOfAction = (action: Action, now: DateTime.Utc): Effect.Effect<ReadonlyArray<string>> => {
  switch (action._tag) {
    case "Copy": {
      if ("s3" in action.to) return problemsOfBucket("action.to", action.to)
      const ofBuckets = (["lock", "proof"] as const).filter((name) => action[name] !== undefined)
      return Effect.map(isPath("action.to.path", action.to.path), (found) => [
        ...found,
        ...ofBuckets.map((name) => `action.${name}: is for copies to a bucket`)
      ])
    }
    case "Delete":
      return at("action", dry.delete("/object", { purge: action.versions, privileged: action.privileged }))
    case "Annotate":
      return Effect.map(
        Effect.all([
          at("action.name", dry.annotations.put("/object", action.name, action.content)),
          // What begins as XML has to be XML: HCP may check it, and refuses it late.
          /^\s*</.test(action.content)
            ? at("action.content", dry.annotations.putXml("/object", action.name, action.content))
            : Effect.succeed([])
        ]),
        (found) => found.flat()
      )
    case "Modify":
      return Effect.gen(function* () {
        if (action.hold !== undefined && action.retention !== undefined) {
          return ["action.hold: cannot be changed together with retention; make two jobs"]
        }
        const retention = retentionProblem(action.retention, now)
        return retention === undefined ? yield* at("action", dry.modify("/object", changesOf(action))) : [retention]
      })
    default:
      return Effect.succeed([])
  }
}

const retentionProblem = (text: string | undefined, now: DateTime.Utc): string | undefined => {
  if (text === undefined) return undefined
  const parsed = Retention.parse(text)
  if (Result.isFailure(parsed)) return `action.retention: ${parsed.failure.message}`
  const retention = parsed.success
  switch (retention._tag) {
    case "DeletionAllowed":
    case "Unspecified":
      return "action.retention: would make a retention shorter, which a job never does"
    case "Offset":
      if (Object.values(retention.parts).some((part) => part !== undefined && part < 0)) {
        return "action.retention: a negative offset would make a retention shorter, which a job never does"
      }
      return retention.base === "retention"
        ? "action.retention: an offset from the present retention would count twice for an object that is done again; " +
            "give a date, or an offset with A+ or N+"
        : undefined
    case "Until":
      return retention.at.epochMilliseconds <= now.epochMilliseconds
        ? "action.retention: is over already; give a date that is to come"
        : undefined
    default:
      return undefined
  }
}

const fixed = (action: Action, now: DateTime.Utc): Action => {
  if (action._tag !== "Modify" || action.retention === undefined) return action
  const retention = Result.getOrUndefined(Retention.parse(action.retention))
  if (retention?._tag !== "Offset" || retention.base !== "now") return action
  // What cannot be a date is counted by HCP.
  return { ...action, retention: Retention.print(Result.getOrElse(Retention.endOf(now, retention), () => retention)) }
}

/** What a job of this action sets. */
export const changesOf = (action: Extract<Action, { readonly _tag: "Modify" }>): Changes => {
  const retention = action.retention === undefined ? undefined : Retention.parse(action.retention)
  return {
    ...(retention !== undefined && Result.isSuccess(retention) ? { retention: retention.success } : {}),
    ...(action.hold === undefined ? {} : { hold: action.hold }),
    ...(action.index === undefined ? {} : { index: action.index }),
    ...(action.shred === undefined ? {} : { shred: action.shred }),
    ...(action.owner === undefined ? {} : { owner: action.owner }),
    ...(action.domain === undefined ? {} : { domain: action.domain })
  }
}

/** What a bucket alone is good for. */
export const onlyToNamespace =
  "action: the objects of a bucket can only be copied to a namespace; name the namespace whose bucket it is in " +
  "source.namespace for everything else"

const problemsOfPlaces = ({ action, source }: Job): ReadonlyArray<string> => {
  if (source._tag === "Bucket" && source.namespace === undefined && (action._tag !== "Copy" || "s3" in action.to)) {
    return [onlyToNamespace]
  }
  if (action._tag !== "Copy" || source._tag === "Failures") return []
  if ("s3" in action.to) {
    const wrong = (["acl", "owner"] as const).filter((name) => action[name] === true)
    return wrong.map((name) => `action.${name}: is not carried over to a bucket, whose people HCP does not know`)
  }
  if (source.namespace !== action.to.namespace) return []
  const [from, to] = [rootOf(source), withoutSlash(action.to.path)]
  return to === from ||
    ((source._tag === "Walk" || source._tag === "Bucket") && to.startsWith(from === "/" ? "/" : `${from}/`))
    ? [`action.to: is, or lies in, ${JSON.stringify(from)}, which is to be copied`]
    : []
}

/** The path that the objects of a source are below. */
export const rootOf = (source: Source): string =>
  source._tag === "Walk" ? withoutSlash(source.path) : source._tag === "Bucket" ? rootOfPrefix(source.prefix) : "/"

const withoutSlash = (path: string): string => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path)

const problemsOfOptions = ({ windows = [], zone }: Options): ReadonlyArray<string> => [
  ...(zone !== undefined && Option.isNone(DateTime.zoneFromString(zone))
    ? [`options.zone: ${JSON.stringify(zone)} is no time zone; give one such as Europe/Berlin`]
    : []),
  ...windows.flatMap(({ from, to }, index) =>
    from === to ? [`options.windows[${index}]: begins and ends at ${from}; leave windows out to work always`] : []
  )
]
