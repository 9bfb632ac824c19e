/**
 * `annotation`: the custom metadata of an object.
 *
 * @internal
 */
import { isHcpError } from "@effect-hcp/sdk/HcpError"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { notFound, usage } from "../../Failure.ts"
import { asShown, command } from "../../internal/command.ts"
import { inNamespace } from "../../internal/connection.ts"
import { dryRun } from "../../internal/copyFlags.ts"
import { toggle } from "../../internal/flagForms.ts"
import type { Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { object } from "../../internal/placeArgument.ts"
import { field, hash, instant, sizeColumn, timeColumn } from "../../internal/show.ts"

/**
 * In a bucket the facts are other ones: S3 sets user metadata when an object is stored, and HCP keeps it as one
 * annotation.
 */
const inNamespaceOnly: typeof inNamespace = (text, use) =>
  Effect.flatMap(Effect.fromResult(Place.parseAny(text)), (place) =>
    Place.isBucket(place)
      ? Effect.fail(
          usage(
            `${text} is in a bucket: S3 has no annotations, but user metadata, which \`hcp stat\` shows`,
            "write /path in the namespace of the bucket: its annotations are there, the user metadata as .metapairs"
          )
        )
      : inNamespace(text, use)
  )

const name = Argument.String("name").pipe(
  Argument.withDescription("Name of the annotation (default: default)"),
  Argument.withDefault("default")
)

const list = command(
  "list",
  "List the annotations of an object",
  [["hcp annotation list /invoices/42.pdf", "Names, sizes and types"]],
  { place: object },
  ({ place }) =>
    inNamespaceOnly(place, ({ annotations }, at, output) =>
      output.rows(
        [{ name: "name" }, sizeColumn("size"), { name: "contentType" }, timeColumn("changed"), { name: "hash" }],
        Stream.map(
          annotations.list(at.path),
          (one): Row => ({
            name: one.name,
            size: field(one.size),
            contentType: field(one.contentType),
            changed: instant(one.changedAt?.at),
            hash: hash(one.hash)
          })
        )
      )
    )
)

const get = command(
  "get",
  "Write an annotation to standard output",
  [["hcp annotation get /invoices/42.pdf invoice", "Its bytes as they are"]],
  { place: object, name },
  ({ name, place }) =>
    inNamespaceOnly(place, ({ annotations }, at, output) =>
      output.raw(
        Stream.mapError(annotations.stream(at.path, name), (error) =>
          // There is an object: HCP says 404 where there is none.
          isHcpError(error) && error.reason._tag === "NotFound" && error.reason.status === 204
            ? notFound(`${Place.print(at)} has no annotation ${name}`)
            : error
        )
      )
    )
)

const put = command(
  "put",
  "Store standard input as an annotation",
  [["hcp annotation put /invoices/42.pdf invoice < invoice.xml", "In place of the one of this name"]],
  {
    place: object,
    name,
    check: toggle("check", "Refuses what is no XML before anything is sent"),
    dryRun
  },
  ({ check, dryRun, name, place }) =>
    inNamespaceOnly(
      place,
      Effect.fnUntraced(function* ({ annotations, head }, at, output) {
        if (dryRun) {
          yield* head(at.path)
          return yield* output.note(`would store ${name} of ${Place.print(at)}`)
        }
        const { stdin } = yield* Stdio.Stdio
        const { streamOnce } = yield* Effect.promise(() => import("@effect-hcp/sdk/HcpBody"))
        if (check) yield* annotations.putXml(at.path, name, yield* Stream.mkString(Stream.decodeText(stdin)))
        else yield* annotations.put(at.path, name, streamOnce(stdin))
        yield* output.note(`stored ${name} of ${Place.print(at)}`)
      })
    )
)

const rm = command(
  "rm",
  "Delete an annotation",
  [["hcp annotation rm /invoices/42.pdf invoice", "The object stays"]],
  { place: object, name, dryRun },
  ({ dryRun, name, place }) =>
    inNamespaceOnly(
      place,
      Effect.fnUntraced(function* ({ annotations }, at, output) {
        if (dryRun) {
          if (!(yield* annotations.exists(at.path, name))) {
            return yield* notFound(`${Place.print(at)} has no annotation ${name}`)
          }
          return yield* output.note(`would delete ${name} of ${Place.print(at)}`)
        }
        const wasThere = yield* annotations.delete(at.path, name)
        if (!wasThere) return yield* notFound(`${Place.print(at)} has no annotation ${name}`)
        yield* output.note(`deleted ${name} of ${Place.print(at)}`)
      })
    )
)

/** @internal */
export const annotation = Command.make("annotation").pipe(
  Command.withDescription("The custom metadata of an object"),
  Command.withExamples(
    asShown([
      ["hcp annotation put /invoices/42.pdf invoice < invoice.xml", "What describes it goes along with it"],
      ["hcp annotation get /invoices/42.pdf invoice", "And back"]
    ])
  ),
  Command.withSubcommands([list, get, put, rm])
)
