/**
 * The addresses of the first of several names that has any, from a list of name servers: rounds, the next name, the
 * next server, all within one total time.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { type AskSettings, ask, type Found } from "./ask.ts"
import type { AddressRecord, RecordType } from "./message.ts"
import type { NameServer } from "./nameServer.ts"
import type { NameServerMemory } from "./serverMemory.ts"
import type { DnsTransport } from "./transport.ts"

/**
 * How to ask. One try takes at most `timeout`; each server is asked in up to `attempts` rounds. All names together take
 * at most `timeout` x `attempts` x the number of servers.
 */
export interface Settings extends AskSettings {
  readonly nameServers: Arr.NonEmptyReadonlyArray<NameServer>
  readonly timeout: Duration.Duration
  readonly attempts: number
  readonly rotate: boolean
}

/** No name has an address, and for at least one of them no name server gave an answer; one line for each. */
class LookupFailed extends Data.TaggedError("LookupFailed")<{ readonly failures: ReadonlyArray<string> }> {}

/** One question and what became of it. `servers` are those to ask in the next round. */
interface Question {
  readonly name: string
  readonly type: RecordType
  servers: ReadonlyArray<NameServer>
  missing: string | undefined
  readonly failures: Map<string, string>
}

/**
 * Asks the servers in their order, those that failed before last, for one name after another and all types of a name
 * together, until a name has an address. A name of which nobody knows anything, for whatever reason, leads on to the
 * next one.
 *
 * Only a server that kept silent is asked again in the next round, and then without EDNS: some firewalls drop what they
 * do not know. Where the time is too short for all names and servers, each gets its share of what is left.
 */
export const lookup = Effect.fnUntraced(function* (
  transport: DnsTransport,
  memory: NameServerMemory,
  settings: Settings,
  names: ReadonlyArray<string>,
  types: ReadonlyArray<RecordType>
): Effect.fn.Return<Found, LookupFailed> {
  const clock = yield* Clock.Clock
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const configured = settings.rotate ? yield* Random.shuffle(settings.nameServers) : settings.nameServers
  const begun = now()
  const servers = memory.order(configured, begun)
  const timeout = Duration.toMillis(settings.timeout)
  const end = begun + timeout * settings.attempts * servers.length
  const questions = names.map((name) =>
    types.map((type): Question => ({ name, type, servers, missing: undefined, failures: new Map() }))
  )

  const blamed = new Set<NameServer>()

  /** One round of one question; `others` is how many tries of other names have to fit into the time that is left. */
  const askServers = Effect.fnUntraced(function* (question: Question, round: number, others: number) {
    const { failures, name, servers: asked, type } = question
    const silent: Array<NameServer> = []
    for (const [index, server] of asked.entries()) {
      const since = now()
      const share = Math.min(timeout, (end - since) / (asked.length - index + others))
      if (share < 1) {
        if (!failures.has(server.label)) failures.set(server.label, "no time was left to ask")
        continue
      }
      const useEdns = memory.useEdns(server, since)
      const withEdns = round === 0 && useEdns
      const limit = () => Math.min(share, Math.max(0, end - now()))
      const outcome = yield* Effect.result(ask(transport, settings, server, name, type, withEdns, limit))
      if (Result.isSuccess(outcome)) {
        const { found, isEdnsTrouble } = outcome.success
        memory.answered(server, isEdnsTrouble || (round > 0 && useEdns), now())
        if (found._tag === "Addresses") return found.addresses
        question.missing = found.detail
        return []
      }
      const { detail, isSilent } = outcome.failure
      if (!blamed.has(server)) memory.failed(server, since, now())
      blamed.add(server)
      // Silence a second time says nothing new.
      if (!failures.has(server.label) || !isSilent) failures.set(server.label, detail)
      if (isSilent) silent.push(server)
    }
    question.servers = silent
    return []
  })

  for (let round = 0; round < settings.attempts; round++) {
    const open = questions
      .map((ofName) => ofName.filter(({ missing, servers }) => missing === undefined && servers.length > 0))
      .filter(Arr.isReadonlyArrayNonEmpty)
    for (const [index, ofName] of open.entries()) {
      const others = open.slice(index + 1).reduce((sum, later) => sum + triesOf(later), 0)
      const found: ReadonlyArray<ReadonlyArray<AddressRecord>> = yield* Effect.forEach(
        ofName,
        (question) => askServers(question, round, others),
        { concurrency: "unbounded" }
      )
      const addresses = found.flat()
      if (addresses.length > 0) return { _tag: "Addresses", addresses }
    }
  }
  return yield* resultOf(names, questions.flat())
})

/** The questions of one name are asked side by side. */
const triesOf = (ofName: ReadonlyArray<Question>): number => Math.max(...ofName.map(({ servers }) => servers.length))

const resultOf = (
  names: ReadonlyArray<string>,
  questions: ReadonlyArray<Question>
): Effect.Effect<Found, LookupFailed> => {
  const details = questions.flatMap(({ missing }) => (missing === undefined ? [] : [missing]))
  if (details.length === questions.length) {
    const tried = names.length > 1 ? `, tried as ${names.join(", ")},` : ""
    return Effect.succeed({ _tag: "Missing", detail: `${Arr.dedupe(details).join(", ")}${tried}` })
  }
  const failures = questions.flatMap(({ failures, missing, name }) => {
    const of = names.length > 1 ? ` for ${name}` : ""
    if (missing !== undefined) return names.length > 1 ? [`${missing}${of}`] : []
    return Array.from(failures, ([label, detail]) => `${label}: ${detail}${of}`)
  })
  return Effect.fail(new LookupFailed({ failures: Arr.dedupe(failures) }))
}
