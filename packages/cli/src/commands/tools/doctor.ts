/**
 * `doctor`: whether everything between this computer and an HCP works.
 *
 * @internal
 */
import { type Point, permissionNames } from "@effect-hcp/sdk/CheckReport"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { codes } from "../../ExitCode.ts"
import { Failure } from "../../Failure.ts"
import { command } from "../../internal/command.ts"
import { provider } from "../../internal/connection.ts"
import * as GlobalFlags from "../../internal/globalFlags.ts"
import { Output, type Row } from "../../internal/output.ts"
import { inWords } from "../../internal/words.ts"

const rowOf = ({ advice, finding, host, node, status, topic }: Point): Row => ({
  status,
  topic,
  host,
  node: Option.getOrNull(node),
  finding,
  advice: Option.getOrNull(Option.map(advice, (text) => inWords(text)))
})

/** @internal */
export const doctor = command(
  "doctor",
  "Look whether everything between this computer and an HCP works",
  [
    ["hcp doctor", "Name servers, nodes, certificates, clock, credentials, permissions, gateways"],
    ["hcp doctor --need s3 --need query", "Fails where S3 or the metadata query is closed"],
    ["hcp doctor --permission write --permission delete", "Fails where the user may not do both"]
  ],
  {
    need: Flag.Literals("need", ["query", "s3", "management"]).pipe(
      Flag.withDescription("A gateway that must be open; may be given several times"),
      Flag.atLeast(0)
    ),
    permission: Flag.Literals("permission", permissionNames).pipe(
      Flag.withDescription(
        `What the user must be allowed to do: ${permissionNames.join(", ")}; ` +
          "may be given several times (default: anything at all)"
      ),
      Flag.atLeast(0)
    )
  },
  ({ need, permission }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const found = yield* provider(Option.getOrUndefined(yield* GlobalFlags.profile))
      const { checkConfig } = yield* Effect.promise(() => import("@effect-hcp/sdk/Hcp"))
      const managementPort = Option.getOrUndefined(yield* Config.option(Config.Port("HCP_MAPI_PORT")).parse(found))
      const report = yield* Effect.provideService(
        checkConfig({ gateways: need, permissions: permission, managementPort }),
        ConfigProvider.ConfigProvider,
        found
      )
      yield* output.rows(
        [
          { name: "status" },
          { name: "topic" },
          { name: "host" },
          { name: "node" },
          { name: "finding" },
          { name: "advice" }
        ],
        Stream.map(Stream.fromIterable(report.points), rowOf)
      )
      const failed = report.points.filter(({ status }) => status === "failed")
      if (report.passed) return yield* output.note("all is well")
      return yield* new Failure({
        error: "CheckFailed",
        message: failed.length === 1 ? "1 check failed" : `${failed.length} checks failed`,
        // What stands first is what the others follow from.
        code: codeOf(failed[0]?.topic)
      })
    })
)

const codeOf = (topic: Point["topic"] | undefined) =>
  topic === "credentials" || topic === "permissions"
    ? codes.refused
    : topic === "name" || topic === "nodes" || topic === "tls"
      ? codes.unreachable
      : codes.failed
