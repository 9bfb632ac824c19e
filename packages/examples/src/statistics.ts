/**
 * Looks at a namespace: how full it is before and after something was stored, what is allowed there, and its retention
 * classes.
 *
 *     npm run example -- statistics
 */
import { NodeRuntime } from "@effect/platform-node"
import { Annotation, HcpBody, Namespace, Retention } from "@effect-hcp/sdk"
import { Console, Effect } from "effect"
import { simulated } from "./simulated.ts"

const program = Effect.gen(function* () {
  const { info, ...ns } = yield* Namespace.Namespace

  for (const settings of yield* info.namespaces({ all: true })) {
    const versions = settings.versioningEnabled === true ? "keeps versions" : "keeps no versions"
    yield* Console.log(`namespace ${settings.name}: ${settings.retentionMode}, ${settings.hashScheme}, ${versions}`)
    yield* Console.log(`  ${settings.description.join("; ")}`)
  }
  for (const { description, name, value } of yield* info.retentionClasses()) {
    yield* Console.log(`class ${name} (${value === undefined ? "?" : Retention.print(value)}): ${description}`)
  }

  const { userEffectivePermissions } = yield* info.permissions()
  const allowed = Object.entries(userEffectivePermissions).flatMap(([name, isAllowed]) => (isAllowed ? [name] : []))
  yield* Console.log(`we may: ${allowed.join(", ")}`)

  const report = Effect.gen(function* () {
    const {
      customMetadataObjectCount,
      objectCount,
      totalCapacityBytes = 1,
      usedCapacityBytes = 0
    } = yield* info.statistics()
    const percent = ((usedCapacityBytes / totalCapacityBytes) * 100).toFixed(1)
    yield* Console.log(
      `${objectCount} objects, ${customMetadataObjectCount} with annotations, ${usedCapacityBytes} bytes (${percent}%)`
    )
  })
  yield* report
  for (const year of [2024, 2025, 2026]) {
    yield* ns.put(`/taxes/${year}.pdf`, HcpBody.bytes(new Uint8Array(100_000)), { retention: Retention.ofClass("TAX") })
  }
  yield* ns.annotations.putXml("/taxes/2026.pdf", Annotation.defaultName, "<tax year='2026'/>")
  yield* report
})

const namespace = {
  description: "finance°all that the tax office may ask for",
  hardQuota: 1_000_000,
  retentionClasses: [{ name: "TAX", value: "A+10y", description: "ten years from the day it is stored" }]
}

program.pipe(Effect.provide(simulated(namespace)), NodeRuntime.runMain)
