/**
 * DNS messages (RFC 1035, EDNS of RFC 6891): encodes one question, and says what a packet that came back is worth.
 *
 * dns-packet is lenient with hostile packets, so everything it would take on trust is checked on the bytes first: id,
 * QR, opcode, question, section counts, names and their pointers (RFC 9267), RDLENGTH.
 *
 * @internal
 */
import * as DnsPacket from "dns-packet"
import * as Result from "effect/Result"
import { isName } from "./name.ts"
import { ipVersion } from "./nameServer.ts"

/** The record types asked for. */
export type RecordType = "A" | "AAAA"

/**
 * The aliases on the way to a name, from earlier answers: the names passed, in lower case, and the least TTL in
 * seconds.
 */
export interface Trail {
  readonly passed: ReadonlyArray<string>
  readonly ttl: number
}

/** The trail of a name that nothing led to. */
export const noTrail: Trail = { passed: [], ttl: Number.POSITIVE_INFINITY }

/** A question on its way: its id, and the bytes to send. */
export interface Query {
  readonly id: number
  readonly name: string
  readonly type: RecordType
  readonly bytes: Uint8Array
  /** Each letter must come back in the case in which it was sent. */
  readonly exactCase: boolean
  readonly trail: Trail
}

/** One address of an answer; `ttl` in seconds is the least one of the record and of the aliases that led to it. */
export interface AddressRecord {
  readonly address: string
  readonly ttl: number
}

/**
 * What a received packet is worth.
 *
 * - `Ignore`: not the answer to this question, or malformed; the wait goes on.
 * - `Suspect`: dropped too, but what is wrong with it hints at a forgery: ask over TCP.
 * - `Truncated`: ask again over TCP.
 * - `Rcode`: the server refuses or fails; `NXDOMAIN` says that the name does not exist.
 * - `NoData`: the name exists and has no such address.
 * - `Alias`: the name stands for another one, of which the answer says nothing: ask for that.
 * - `Unusable`: an answer that leads nowhere, e.g. a referral or a loop of aliases.
 * - `Answer`: at least one address, in the order of the packet.
 */
export type Reply =
  | { readonly _tag: "Ignore"; readonly reason: string }
  | { readonly _tag: "Suspect"; readonly reason: string }
  | { readonly _tag: "Truncated" }
  | { readonly _tag: "Rcode"; readonly rcode: string }
  | { readonly _tag: "NoData" }
  | { readonly _tag: "Alias"; readonly name: string; readonly trail: Trail }
  | { readonly _tag: "Unusable"; readonly detail: string }
  | { readonly _tag: "Answer"; readonly addresses: ReadonlyArray<AddressRecord> }

/** The UDP payload size announced with EDNS: no fragment on any usual link (DNS flag day 2020). */
const ednsPayload = 1232
const headerLength = 12
const maxAliases = 16
/** More records than this in one packet cost more to read than any system has nodes. */
const maxRecords = 256
/** Nor more alias records than this: half of them could not be followed anyway. */
const maxAliasRecords = 2 * maxAliases
/** Nor more pointers, in all names together: an honest name has one, or two. */
const maxPointers = 2048

const typeA = 1
const typeCname = 5
const typeNs = 2
const typeSoa = 6
const typeNull = 10
const typeAaaa = 28
const typeOpt = 41

const rcodes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]
/** An error may come back as a bare header. */
const rcodesWithoutQuestion: ReadonlySet<string> = new Set(["FORMERR", "SERVFAIL", "NOTIMP", "REFUSED"])

/** Encodes a question for a name that {@link isName} admits. */
export const encodeQuery = (options: {
  readonly id: number
  readonly name: string
  readonly type: RecordType
  readonly edns: boolean
  readonly exactCase?: boolean | undefined
  readonly trail?: Trail | undefined
}): Query => ({
  id: options.id,
  name: options.name,
  type: options.type,
  exactCase: options.exactCase ?? false,
  trail: options.trail ?? noTrail,
  bytes: DnsPacket.encode({
    type: "query",
    id: options.id,
    flags: DnsPacket.RECURSION_DESIRED,
    questions: [{ type: options.type, name: options.name, class: "IN" }],
    additionals: options.edns
      ? [
          {
            type: "OPT",
            name: ".",
            udpPayloadSize: ednsPayload,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: []
          }
        ]
      : []
  })
})

const ignore = (reason: string): Reply => ({ _tag: "Ignore", reason })

const rcodeOf = (code: number): string => (code === 16 ? "BADVERS" : (rcodes[code] ?? `RCODE${code}`))

const uint16 = (bytes: Uint8Array, offset: number): number => ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)

const lowerCase = (byte: number | undefined): number | undefined =>
  byte !== undefined && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte

/** Whether the question section is the one that was sent, letters in any case or (`exact`) in that of the query. */
const sameQuestion = (query: Query, bytes: Uint8Array, exact: boolean): boolean => {
  const end = headerLength + query.name.length + 2 + 4
  if (bytes.length < end) return false
  for (let offset = headerLength; offset < end; offset++) {
    const got = bytes[offset]
    const sent = query.bytes[offset]
    if (got !== sent && (exact || lowerCase(got) !== lowerCase(sent))) return false
  }
  return true
}

/**
 * The offset behind the name at `start`, or `-1`. Pointers must lead strictly backwards, and a label holds visible
 * ASCII only, without the dot that would make two labels of one when the name is written as text. `walked` counts the
 * pointers of the whole packet.
 */
const skipName = (bytes: Uint8Array, start: number, walked: { pointers: number }): number => {
  let offset = start
  let before = start
  let end = -1
  let length = 1
  for (;;) {
    const size = bytes[offset]
    if (size === undefined) return -1
    if (size === 0) return end === -1 ? offset + 1 : end
    if (size >= 0xc0) {
      if (offset + 1 >= bytes.length) return -1
      const target = uint16(bytes, offset) & 0x3fff
      if (target < headerLength || target >= before || ++walked.pointers > maxPointers) return -1
      if (end === -1) end = offset + 2
      offset = target
      before = target
      continue
    }
    length += size + 1
    if (size > 63 || length > 255) return -1
    const next = offset + 1 + size
    for (offset++; offset < next; offset++) {
      const byte = bytes[offset]
      if (byte === undefined || byte < 0x21 || byte > 0x7e || byte === 0x2e) return -1
    }
  }
}

/** What the walk over the records of a packet found. */
interface Records {
  /** Where the type field of each record is that is neither an address nor an alias, in the answer section. */
  readonly foreign: ReadonlyArray<number>
  readonly extendedRcode: number
  readonly isReferral: boolean
  /**
   * The end of the aliases exists and has no such address (RFC 2308 section 2.2): an SOA record in the authority
   * section.
   */
  readonly isNegative: boolean
}

/** Walks over all records, so that dns-packet meets no surprise behind it; a text says what is malformed. */
const walk = (query: Query, bytes: Uint8Array): Records | string => {
  const answers = uint16(bytes, 6)
  const authorities = uint16(bytes, 8)
  const total = answers + authorities + uint16(bytes, 10)
  if (total > maxRecords) return "too many records"
  const foreign: Array<number> = []
  let extendedRcode = 0
  let delegations = 0
  let starts = 0
  let aliases = 0
  const walked = { pointers: 0 }
  let offset = headerLength + query.name.length + 2 + 4
  for (let index = 0; index < total; index++) {
    const fields = skipName(bytes, offset, walked)
    if (fields === -1) return "malformed name"
    const data = fields + 10
    if (data > bytes.length) return "record cut off"
    const type = uint16(bytes, fields)
    const length = uint16(bytes, fields + 8)
    offset = data + length
    if (offset > bytes.length) return "RDLENGTH past the end"
    if ((type === typeA && length !== 4) || (type === typeAaaa && length !== 16)) return "wrong RDLENGTH"
    if (type === typeCname) {
      if (skipName(bytes, data, walked) !== offset) return "malformed alias"
      if (++aliases > maxAliasRecords) return "too many aliases"
    }
    if (index < answers) {
      if (type !== typeA && type !== typeAaaa && type !== typeCname) foreign.push(fields)
    } else if (index < answers + authorities) {
      if (type === typeNs) delegations++
      if (type === typeSoa) starts++
    } else if (type === typeOpt) {
      extendedRcode = bytes[fields + 4] ?? 0
    }
  }
  const flags = uint16(bytes, 2)
  const authoritativeOrRecursive = (flags & 0x0400) !== 0 || (flags & 0x0080) !== 0
  return {
    foreign,
    extendedRcode,
    isReferral: answers === 0 && delegations > 0 && starts === 0 && !authoritativeOrRecursive,
    isNegative: starts > 0
  }
}

/** The answer section as dns-packet reads it, after {@link walk}. */
const decodeAnswers = (
  bytes: Uint8Array,
  foreign: ReadonlyArray<number>
): Result.Result<ReadonlyArray<DnsPacket.Answer>, unknown> => {
  const copy = Buffer.from(bytes)
  // The other sections are not needed, and a record of another type is read as opaque bytes: its inner structure was
  // not checked, and dns-packet would go on from wherever it thinks that it ends.
  copy.writeUInt16BE(0, 8)
  copy.writeUInt16BE(0, 10)
  for (const offset of foreign) copy.writeUInt16BE(typeNull, offset)
  return Result.try(() => DnsPacket.decode(copy).answers ?? [])
}

/** RFC 2181 section 8: a TTL with its first bit set counts as zero. */
const secondsOf = (ttl: number | undefined): number => (ttl === undefined || ttl > 0x7fff_ffff ? 0 : ttl)

/** Follows the aliases from the question to its addresses; records of any other name are not believed. */
const follow = (query: Query, answers: ReadonlyArray<DnsPacket.Answer>, isNegative: boolean): Reply => {
  const passed = [...query.trail.passed]
  let { ttl } = query.trail
  let owner = query.name.toLowerCase()
  for (;;) {
    const addresses = new Map<string, AddressRecord>()
    let alias: DnsPacket.StringAnswer | undefined
    for (const record of answers) {
      if (record.type !== query.type && record.type !== "CNAME") continue
      if (record.class !== "IN" || record.flush === true || record.name.toLowerCase() !== owner) continue
      if (record.type === "CNAME") {
        alias ??= record
      } else if (ipVersion(record.data) === (query.type === "A" ? 4 : 6) && !addresses.has(record.data)) {
        addresses.set(record.data, { address: record.data, ttl: Math.min(ttl, secondsOf(record.ttl)) })
      }
    }
    if (addresses.size > 0) return { _tag: "Answer", addresses: [...addresses.values()] }
    if (alias === undefined) {
      const isOnlyAlias = passed.length > query.trail.passed.length && !isNegative
      return isOnlyAlias ? { _tag: "Alias", name: owner, trail: { passed, ttl } } : { _tag: "NoData" }
    }
    passed.push(owner)
    owner = alias.data.toLowerCase()
    ttl = Math.min(ttl, secondsOf(alias.ttl))
    if (passed.includes(owner)) return { _tag: "Unusable", detail: "a loop of aliases (CNAME)" }
    if (passed.length > maxAliases) {
      return { _tag: "Unusable", detail: `a chain of more than ${maxAliases} aliases (CNAME)` }
    }
    if (!isName(owner)) return { _tag: "Unusable", detail: "an alias (CNAME) of what is not a host name" }
  }
}

/** Says what a received packet is worth as an answer to `query`. Never throws, whatever the bytes are. */
export const readReply = (query: Query, bytes: Uint8Array): Reply => {
  if (bytes.length < headerLength) return ignore("too short")
  if (uint16(bytes, 0) !== query.id) return ignore("wrong id")
  const flags = uint16(bytes, 2)
  if ((flags & 0x8000) === 0) return ignore("not an answer")
  if ((flags & 0x7800) !== 0) return ignore("wrong opcode")
  const rcode = rcodeOf(flags & 0xf)
  const questions = uint16(bytes, 4)
  if (questions === 0 && rcodesWithoutQuestion.has(rcode)) return { _tag: "Rcode", rcode }
  if (questions !== 1 || !sameQuestion(query, bytes, false)) return ignore("wrong question")
  if (query.exactCase && !sameQuestion(query, bytes, true)) {
    return { _tag: "Suspect", reason: "letters in another case than asked" }
  }
  if (rcode !== "NOERROR") return { _tag: "Rcode", rcode }
  if ((flags & 0x0200) !== 0) return { _tag: "Truncated" }
  const records = walk(query, bytes)
  if (typeof records === "string") return ignore(records)
  if (records.extendedRcode !== 0) return { _tag: "Rcode", rcode: rcodeOf(records.extendedRcode << 4) }
  if (records.isReferral) {
    return { _tag: "Unusable", detail: "it refers to other name servers instead of asking them (no recursion)" }
  }
  return Result.match(decodeAnswers(bytes, records.foreign), {
    onFailure: () => ignore("cannot be decoded"),
    onSuccess: (answers) => follow(query, answers, records.isNegative)
  })
}
