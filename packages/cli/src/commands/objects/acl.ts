/**
 * `acl`: who may do what with an object, besides those whom the namespace allows it anyway.
 *
 * @internal
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { asShown, command } from "../../internal/command.ts"
import { dryRun } from "../../internal/copyFlags.ts"
import { inStore } from "../../internal/gateways.ts"
import * as Grants from "../../internal/grants.ts"
import type { Row } from "../../internal/output.ts"
import * as Place from "../../internal/place.ts"
import { field } from "../../internal/show.ts"
import { wouldChange } from "../../internal/wouldChange.ts"

const place = Argument.String("place").pipe(
  Argument.withDescription("Object or bucket: /path, PROFILE:/path, s3://bucket or s3://bucket/key")
)

const show = command(
  "show",
  "Show the access list of an object or a bucket",
  [["hcp acl show /invoices/42.pdf", "Nothing where it has none"]],
  { place },
  ({ place }) =>
    inStore(place, (store, { path }, output) =>
      output.rows(
        [{ name: "type" }, { name: "name" }, { name: "domain" }, { name: "permissions" }],
        Stream.map(
          Stream.fromIterableEffect(store.acl(path)),
          ({ domain, name, permissions, type }): Row => ({
            type,
            name,
            domain: field(domain),
            permissions: permissions.join(",")
          })
        )
      )
    )
)

const set = command(
  "set",
  "Set the whole access list of an object or a bucket",
  [
    ["hcp acl set /press/q4.pdf public-read", "Everybody may read it"],
    ["hcp acl set /q4.xlsx user:mwhite=READ,WRITE group:audit@corp.example.com=READ", "These, and nobody else"],
    ["hcp acl set s3://press/q4.pdf private", "Takes all grants away"]
  ],
  {
    place,
    grants: Argument.String("grant").pipe(
      Argument.withDescription(
        "user:NAME=READ,WRITE with @DOMAIN for Active Directory, group:NAME=READ, id:ID=READ of S3; " +
          "or private, public-read, authenticated-read"
      ),
      Argument.variadic({ min: 1 })
    ),
    dryRun
  },
  ({ dryRun, grants, place }) =>
    Effect.gen(function* () {
      const list = yield* Effect.fromResult(Grants.parse(grants))
      yield* inStore(place, (store, at, output) =>
        dryRun
          ? wouldChange(store, at.path, `set the access list of ${Place.print(at)}`)
          : Effect.andThen(store.setAcl(at.path, list), output.note(`set the access list of ${Place.print(at)}`))
      )
    })
)

/** @internal */
export const acl = Command.make("acl").pipe(
  Command.withDescription("Who may do what with an object or a bucket"),
  Command.withExamples(
    asShown([
      ["hcp acl show /invoices/42.pdf", "Who may do what with it"],
      ["hcp acl set /press/q4.pdf public-read", "Everybody may read it"]
    ])
  ),
  Command.withSubcommands([show, set])
)
