/**
 * The list of a bucket with as many objects as are asked for, as HCP writes it: pages of 1,000.
 */

const pageSize = 1000

const contents = (index: number): string => {
  const hex = index.toString(16).padStart(32, "a5")
  const changed = new Date(1_700_000_000_000 + index).toISOString()
  return [
    `<Contents><Key>scan-${String(index).padStart(8, "0")}.pdf</Key>`,
    `<LastModified>${changed}</LastModified><ETag>"${hex}"</ETag><Size>${index * 31}</Size>`,
    "<StorageClass>STANDARD</StorageClass></Contents>"
  ].join("")
}

/** The page of a bucket with so many objects that begins at one of them; the token of a page is where it begins. */
export const bucketPage = (bucket: string, objects: number, start: number): string => {
  const end = Math.min(start + pageSize, objects)
  const isCut = end < objects
  const page = Array.from({ length: end - start }, (_, index) => contents(start + index))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>${bucket}</Name><Prefix/><KeyCount>${page.length}</KeyCount><MaxKeys>${pageSize}</MaxKeys>`,
    isCut ? `<NextContinuationToken>${end}</NextContinuationToken>` : "",
    `<EncodingType>url</EncodingType><IsTruncated>${isCut}</IsTruncated>`,
    ...page,
    "</ListBucketResult>"
  ].join("")
}
