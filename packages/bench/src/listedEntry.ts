/**
 * The listing of a directory with as many entries as are asked for, as HCP writes it: some 700 bytes each.
 */

const directory = [
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
  'xsi:noNamespaceSchemaLocation="/static/xsd/ns-directory-6.0.xsd"',
  'path="/rest/large"',
  'utf8Path="/rest/large"',
  'parentDir="/rest"',
  'utf8ParentDir="/rest"',
  'dirDeleted="false"',
  'showDeleted="false"',
  'namespaceName="n1"',
  'utf8NamespaceName="n1"',
  'changeTimeMilliseconds="1700000000000.00"',
  'changeTimeString="2023-11-14T23:13:20+0100"'
].join(" ")
/** What is before the entries. */
export const directoryHead = `<?xml version="1.0" encoding="UTF-8"?>\n<directory ${directory}>\n`
/** What is after them. */
export const directoryTail = "</directory>\n"

/** One of the entries. */
export const entry = (index: number): string => {
  const name = `scan-${String(index).padStart(8, "0")}.pdf`
  const hash = String(index).padStart(64, "A5")
  const millis = 1_700_000_000_000 + index
  const attributes = [
    `urlName="${name}"`,
    `utf8Name="${name}"`,
    'type="object"',
    `size="${index * 31}"`,
    'hashScheme="SHA-256"',
    `hash="${hash}"`,
    `etag="${hash.slice(32).toLowerCase()}"`,
    'retention="0"',
    'retentionString="Deletion Allowed"',
    'retentionClass=""',
    `ingestTime="${Math.floor(millis / 1000)}"`,
    `ingestTimeMilliseconds="${millis}"`,
    'ingestTimeString="11/14/2023 11:13PM"',
    'hold="false"',
    'shred="false"',
    'dpl="2"',
    'index="true"',
    'customMetadata="true"',
    'customMetadataAnnotations="default;2442, invoice;77"',
    `version="${millis * 64 + 1}"`,
    'replicated="true"',
    `changeTimeMilliseconds="${millis}.00"`,
    'changeTimeString="2023-11-14T23:13:20+0100"',
    'owner="n"',
    'domain=""',
    'hasAcl="false"',
    'state="created"'
  ].join(" ")
  return `  <entry ${attributes}/>\n`
}
