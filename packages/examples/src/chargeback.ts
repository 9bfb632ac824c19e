/**
 * Prints what a tenant used in the last 30 days, day by day and by namespace, and writes all rows as CSV.
 *
 *     npm run example -- chargeback            of a simulated tenant, whose month passes in a second
 *     npm run example -- chargeback FILE       with the CSV in this file
 *     HCP_FQDN=finance.hcp1.example.com HCP_PORT=9090 HCP_USERNAME=... HCP_PASSWORD=... npm run example -- chargeback
 *                                              of a real tenant; the user needs the role monitor or administrator
 */
import { NodeServices } from "@effect/platform-node"
import { Chargeback, ChargebackRow } from "@effect-hcp/sdk/mapi"
import { Config, Console, DateTime, Effect, FileSystem, Option, Stream } from "effect"
import * as Report from "./chargeback/Report.ts"
import * as Tenant from "./chargeback/Tenant.ts"
import { main } from "./program/main.ts"

const charge = Effect.gen(function* () {
  const { name, title } = yield* Tenant.Tenant
  const fileSystem = yield* FileSystem.FileSystem
  const now = yield* DateTime.now
  yield* Console.log(`what ${title} used in ${Tenant.days} days\n`)
  const rows = yield* Stream.runCollect(
    Chargeback.tenant({
      tenant: name,
      start: DateTime.subtract(now, { days: Tenant.days - 1 }),
      end: now,
      granularity: "day"
    })
  )
  yield* Console.log(Report.print(rows))
  const file = process.argv[2] ?? `${yield* fileSystem.makeTempDirectory({ prefix: "hcp-chargeback-" })}/chargeback.csv`
  yield* fileSystem.writeFileString(file, ChargebackRow.toCsv(rows))
  yield* Console.log(`${rows.length} rows are in ${file}`)
})

const program = Effect.gen(function* () {
  const fqdn = yield* Config.option(Config.NonEmptyString("HCP_FQDN"))
  yield* Effect.provide(charge, [Tenant.layer(Option.getOrUndefined(fqdn)), NodeServices.layer])
})

main("chargeback", program)
