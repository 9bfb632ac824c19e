/**
 * `license` and `stats`: what a system has, and how busy it is.
 *
 * @internal
 */
import type { Service } from "@effect-hcp/sdk/mapi/Services"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { asShown, command } from "../../internal/command.ts"
import { toggle } from "../../internal/flagForms.ts"
import { inManagement, inTenant, tenant } from "../../internal/management.ts"
import type { Row } from "../../internal/row.ts"
import * as Settings from "../../internal/settings.ts"
import { countColumn, field, instant, sizeColumn } from "../../internal/show.ts"
import * as Names from "./names.ts"

/** @internal */
export const license = command(
  "license",
  "Show the licenses of the system",
  [["hcp license --history", "Those of before, too"]],
  {
    history: toggle("history", "Also shows the licenses of before")
  },
  ({ history }) =>
    inManagement(({ output, sdk }) =>
      Effect.flatMap(sdk.System.licenses({ history }), (all) =>
        output.rows(
          [
            { name: "serialNumber" },
            { name: "feature" },
            sizeColumn("localCapacity"),
            sizeColumn("extendedCapacity"),
            { name: "expirationDate" },
            { name: "uploadDate" }
          ],
          Stream.map(Stream.fromIterable(all), (one): Row => Settings.rowOf(sdk, one))
        )
      )
    )
)

const nodes = command(
  "nodes",
  "Show how busy the nodes are",
  [["hcp stats nodes", "Processors, connections, networks; ask at most once an hour"]],
  {},
  () =>
    inManagement(({ output, sdk }) =>
      Effect.flatMap(sdk.Nodes.statistics, ({ nodes = [] }) =>
        output.rows(
          [
            countColumn("node"),
            { name: "address" },
            countColumn("cpuUser"),
            countColumn("cpuSystem"),
            countColumn("ioWait"),
            countColumn("httpConnections"),
            countColumn("httpsConnections"),
            sizeColumn("frontEndBytesRead"),
            sizeColumn("frontEndBytesWritten"),
            sizeColumn("freeBytes"),
            sizeColumn("totalBytes")
          ],
          Stream.map(Stream.fromIterable(nodes), (node): Row => {
            const volumes = node.volumes ?? []
            const sum = (sizes: ReadonlyArray<number | undefined>) =>
              sizes.some((size) => size === undefined) || sizes.length === 0
                ? null
                : sizes.reduce<number>((total, size) => total + (size ?? 0), 0)
            return {
              node: field(node.nodeNumber),
              address: field(node.frontendIpAddresses?.join(",")),
              cpuUser: field(node.cpuUser),
              cpuSystem: field(node.cpuSystem),
              ioWait: field(node.ioWait),
              httpConnections: field(node.openHttpConnections),
              httpsConnections: field(node.openHttpsConnections),
              frontEndBytesRead: field(node.frontEndBytesRead),
              frontEndBytesWritten: field(node.frontEndBytesWritten),
              freeBytes: sum(volumes.map(({ freeBytes }) => freeBytes)),
              totalBytes: sum(volumes.map(({ totalBytes }) => totalBytes))
            }
          })
        )
      )
    )
)

const serviceRow = (service: Service): Row => ({
  service: field(service.name),
  state: field(service.state),
  started: instant(service.startTime),
  ended: instant(service.endTime),
  objectsExamined: field(service.objectsExamined),
  objectsServiced: field(service.objectsServiced),
  objectsUnableToService: field(service.objectsUnableToService)
})

const services = command(
  "services",
  "Show how far the background services are",
  [["hcp stats services", "Protection, garbage collection, disposition; ask at most once an hour"]],
  {},
  () =>
    inManagement(({ output, sdk }) =>
      Effect.flatMap(sdk.Services.statistics, ({ services = [] }) =>
        output.rows(
          [
            { name: "service" },
            { name: "state" },
            { name: "started" },
            { name: "ended" },
            countColumn("objectsExamined"),
            countColumn("objectsServiced"),
            countColumn("objectsUnableToService")
          ],
          Stream.map(Stream.fromIterable(services), serviceRow)
        )
      )
    )
)

const statsOfTenant = command(
  "tenant",
  "Show how much a tenant stores",
  [["hcp stats tenant finance", "Objects and bytes; ask at most once an hour"]],
  {
    tenant: Argument.String("tenant").pipe(
      Argument.withDescription("Name of the tenant (default: the tenant of the host)"),
      Argument.optional
    )
  },
  ({ tenant }) =>
    inManagement((management) => Names.show(management, management.sdk.Tenants.statistics(inTenant(tenant))))
)

const statsOfNamespace = command(
  "namespace",
  "Show how much a namespace stores",
  [["hcp stats namespace invoices", "Objects and bytes; ask at most once an hour"]],
  { name: Names.argument("namespace", "Name of the namespace"), tenant },
  ({ name, tenant }) =>
    inManagement((management) => Names.show(management, management.sdk.Namespaces.statistics(name, inTenant(tenant))))
)

/** @internal */
export const stats = Command.make("stats").pipe(
  Command.withDescription("Figures of nodes, services, tenants and namespaces"),
  Command.withExamples(
    asShown([
      ["hcp stats nodes", "How busy they are"],
      ["hcp stats namespace invoices --tenant finance", "How much is in it"]
    ])
  ),
  Command.withSubcommands([nodes, services, statsOfTenant, statsOfNamespace])
)
