/**
 * Runs one of the example programs by its name: `npm run example -- hello`.
 */
const examples: Readonly<Record<string, () => Promise<unknown>>> = {
  addresses: () => import("./addresses.ts"),
  annotations: () => import("./annotations.ts"),
  archive: () => import("./archive.ts"),
  chargeback: () => import("./chargeback.ts"),
  folders: () => import("./folders.ts"),
  gateway: () => import("./gateway.ts"),
  hello: () => import("./hello.ts"),
  "link-failover": () => import("./link-failover.ts"),
  listing: () => import("./listing.ts"),
  logs: () => import("./logs.ts"),
  "managed-runtime": () => import("./managed-runtime.ts"),
  names: () => import("./names.ts"),
  presign: () => import("./presign.ts"),
  query: () => import("./query.ts"),
  resume: () => import("./resume.ts"),
  retention: () => import("./retention.ts"),
  "s3-multipart": () => import("./s3-multipart.ts"),
  spool: () => import("./spool.ts"),
  statistics: () => import("./statistics.ts"),
  swift: () => import("./swift.ts"),
  telemetry: () => import("./telemetry.ts"),
  "two-systems": () => import("./two-systems.ts"),
  versions: () => import("./versions.ts")
}

const [, , name = "", ...rest] = process.argv
const example = Object.hasOwn(examples, name) ? examples[name] : undefined
if (example !== undefined) {
  process.argv.splice(2, process.argv.length, ...rest)
  await example()
} else {
  process.stderr.write(
    `example: ${name === "" ? "no name" : `"${name}" is no example`}; one of: ${Object.keys(examples).join(", ")}\n`
  )
  process.exitCode = 1
}
