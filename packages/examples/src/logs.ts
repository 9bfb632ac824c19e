/**
 * Collects the logs that a system has written today, and says where they are.
 *
 *     npm run example -- logs                 of a simulated system, into a new temporary folder
 *     npm run example -- logs FOLDER          into this folder
 *     HCP_FQDN=admin.hcp1.example.com HCP_PORT=9090 HCP_USERNAME=... HCP_PASSWORD=... npm run example -- logs
 *                                             of a real system; the user needs the role service or administrator
 *
 * Whoever interrupts it (Ctrl-C) leaves neither a package on the system nor half a file.
 */
import { NodeServices } from "@effect/platform-node"
import { Logs, Package } from "@effect-hcp/sdk/mapi"
import { Config, Console, Effect, FileSystem, Option, Schedule } from "effect"
import * as Source from "./logs/Source.ts"
import { main } from "./program/main.ts"
import { bytes } from "./program/Table.ts"

const show = (progress: Package.Progress) => {
  switch (progress.phase) {
    case "preparing":
      return Console.log(`  look ${progress.looks}: ${progress.status._tag.toLowerCase()}`)
    case "downloading":
      return Effect.void
    case "done":
      return Console.log(`  ${progress.fileName} has ${bytes(progress.bytes)}`)
  }
}

const collect = Effect.gen(function* () {
  const { title, pause } = yield* Source.Source
  const fileSystem = yield* FileSystem.FileSystem
  const folder = process.argv[2] ?? (yield* fileSystem.makeTempDirectory({ prefix: "hcp-logs-" }))
  yield* Console.log(`collecting the logs of ${title}`)
  yield* Logs.mark("collected by an example")
  const download = yield* Logs.collect({ schedule: Schedule.spaced(pause), onProgress: show })
  const saved = yield* Package.save(download, folder.endsWith("/") ? folder : `${folder}/`)
  yield* Console.log(`the logs are in ${saved.path}`)
})

const program = Effect.gen(function* () {
  const fqdn = yield* Config.option(Config.NonEmptyString("HCP_FQDN"))
  yield* collect.pipe(Effect.scoped, Effect.provide([Source.layer(Option.getOrUndefined(fqdn)), NodeServices.layer]))
})

main("logs", program)
