/**
 * Runs one of the example programs by its name: `npm run example -- hello`.
 */
const examples = [
  "addresses",
  "annotations",
  "archive",
  "chargeback",
  "folders",
  "gateway",
  "hello",
  "link-failover",
  "listing",
  "logs",
  "managed-runtime",
  "names",
  "presign",
  "query",
  "resume",
  "retention",
  "s3-multipart",
  "spool",
  "statistics",
  "telemetry",
  "two-systems",
  "versions"
]

const [, , name, ...rest] = process.argv
if (name !== undefined && examples.includes(name)) {
  process.argv.splice(2, process.argv.length, ...rest)
  await import(`./${name}.ts`)
} else {
  process.stderr.write(
    `example: ${name === undefined ? "no name" : `"${name}" is no example`}; one of: ${examples.join(", ")}\n`
  )
  process.exitCode = 1
}
