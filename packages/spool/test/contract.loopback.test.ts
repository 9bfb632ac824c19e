import { describe } from "@effect/vitest"
import { HcpError, Namespace, type StoreOptions } from "@effect-hcp/sdk"
import { Effect, Layer, Option, Scope, Stream } from "effect"
import * as access from "../../sdk/test/namespace/contract/access.ts"
import * as annotations from "../../sdk/test/namespace/contract/annotations.ts"
import * as copies from "../../sdk/test/namespace/contract/copies.ts"
import * as names from "../../sdk/test/namespace/contract/names.ts"
import * as retention from "../../sdk/test/namespace/contract/retention.ts"
import * as store from "../../sdk/test/namespace/contract/store.ts"
import * as versions from "../../sdk/test/namespace/contract/versions.ts"
import * as Contract from "../../sdk/test/utils/contract.ts"
import type { Spool } from "../src/index.ts"
import { spooled } from "./spooled.ts"

/** All that the contract of a namespace says. */
const whole = (subject: Contract.Subject) => {
  store.storeAndRead(subject)
  annotations.annotations(subject)
  annotations.dataWithAnnotation(subject)
  retention.retentionAndHolds(subject)
  versions.versions(subject)
  versions.directories(subject)
  copies.copies(subject)
  names.anyName(subject)
  access.permissions(subject)
  access.information(subject)
}

/** A spool, and the namespace that is behind it now: to open one starts a thread. */
interface Exchangeable {
  readonly spool: Spool.Shape
  readonly place: { ns: Namespace.Shape }
}

/** What `now` gives, member by member. Groups of members are taken once, when a spool is opened. */
const later = <A extends object>(shape: A, now: () => object): A =>
  new Proxy(shape, {
    get: (_, name) => {
      const member = (): unknown => Reflect.get(now(), name)
      const found = member()
      return typeof found === "object" && found !== null ? later(found, () => Object(member())) : found
    }
  })

const made = (mode: "always" | "whenAway", ns: Namespace.Shape): Effect.Effect<Exchangeable, never, Scope.Scope> => {
  const place = { ns }
  const behind = later(ns, () => place.ns)
  return spooled({ mode, durability: "process" }).pipe(
    Effect.map(({ spool }) => ({ spool, place })),
    Effect.provideService(Namespace.Namespace, behind),
    Effect.orDie
  )
}

/** The contract of what stands in front of the simulator. A spool that a test has left empty is that of the next one. */
const inFront = (
  mode: "always" | "whenAway",
  front: (ns: Namespace.Shape) => readonly [behind: Namespace.Shape, seen: (spool: Spool.Shape) => Namespace.Shape]
) =>
  Layer.merge(
    Contract.layer,
    Layer.effect(
      Contract.Front,
      Effect.map(Effect.scope, (scope) => {
        const free: Array<Exchangeable> = []
        return (ns: Namespace.Shape) => {
          const [behind, seen] = front(ns)
          const taken = Effect.suspend(() => {
            const one = free.pop()
            if (one === undefined) return Scope.provide(made(mode, behind), scope)
            one.place.ns = behind
            return Effect.succeed(one)
          })
          const given = ({ spool, place }: Exchangeable) =>
            Effect.orDie(Effect.map(spool.stats, ({ entries }) => void (entries === 0 && free.push({ spool, place }))))
          return Effect.map(Effect.acquireRelease(taken, given), ({ spool }) => seen(spool))
        }
      })
    )
  )

/** Remembers how the last call of each path failed. */
const recorded = (ns: Namespace.Shape, failures: Map<string, HcpError.HcpError>): Namespace.Shape => {
  const record =
    (path: string) =>
    <A>(call: Effect.Effect<A, HcpError.HcpError>): Effect.Effect<A, HcpError.HcpError> =>
      Effect.tapError(call, (error) => Effect.sync(() => failures.set(path, error)))
  return {
    ...ns,
    put: (path, ...given) => record(path)(ns.put(path, ...given)),
    putWithAnnotation: (path, ...given) => record(path)(ns.putWithAnnotation(path, ...given)),
    modify: (path, ...given) => record(path)(ns.modify(path, ...given)),
    delete: (path, ...given) => record(path)(ns.delete(path, ...given)),
    annotations: {
      ...ns.annotations,
      put: (path, ...given) => record(path)(ns.annotations.put(path, ...given)),
      delete: (path, ...given) => record(path)(ns.annotations.delete(path, ...given))
    }
  }
}

/**
 * Each write is answered when HCP has it, or has refused it: what was accepted has to be stored, or refused, as it would
 * be without a spool.
 */
const settled = (spool: Spool.Shape, failures: ReadonlyMap<string, HcpError.HcpError>): Namespace.Shape => {
  const { namespace: ns } = spool
  const settle = <A>(
    path: string,
    write: Effect.Effect<A, HcpError.HcpError>,
    withStored: (answer: A, stored: StoreOptions.Stored) => A = (answer) => answer
  ): Effect.Effect<A, HcpError.HcpError> =>
    Effect.gen(function* () {
      yield* spool.pause
      const end = yield* Effect.exit(write)
      const ofPath = Stream.filter(spool.pending, (entry) => entry.path === path)
      const last = yield* Effect.orDie(Stream.runLast(ofPath))
      yield* spool.resume
      const answer = yield* end
      if (Option.isNone(last)) return answer
      const { id } = last.value
      const delivered = spool
        .await({ _tag: "Pending", id, path })
        .pipe(
          Effect.catchTag("EntryParked", (error) =>
            Effect.andThen(Effect.orDie(spool.discard(id)), Effect.fail(failures.get(path) ?? error))
          )
        )
      const { stored } = yield* Effect.catchIf(delivered, (error) => !HcpError.isHcpError(error), Effect.die)
      return stored === undefined ? answer : withStored(answer, stored)
    })
  return {
    ...ns,
    put: (path, ...given) => settle(path, ns.put(path, ...given), (_, stored) => stored),
    putWithAnnotation: (path, ...given) => settle(path, ns.putWithAnnotation(path, ...given), (_, stored) => stored),
    modify: (path, ...given) => settle(path, ns.modify(path, ...given)),
    delete: (path, ...given) => settle(path, ns.delete(path, ...given)),
    annotations: {
      ...ns.annotations,
      put: (path, ...given) => settle(path, ns.annotations.put(path, ...given)),
      putXml: (path, ...given) => settle(path, ns.annotations.putXml(path, ...given)),
      putAs: (path, ...given) => settle(path, ns.annotations.putAs(path, ...given)),
      delete: (path, ...given) => settle(path, ns.annotations.delete(path, ...given))
    }
  }
}

/** What a spool cannot know when it accepts a write. The README says the same. */
const except = {
  "ifExists fail in plain": "the same bytes count as stored",
  "ifExists fail in versions": "the same bytes count as stored",
  "bodies travel packed, and progress only grows": "one report, when the body is kept",
  "absent is none, and absent with its object is an error": "an annotation that is not there counts as deleted",
  "stay readable through changes and deletions": "an object that is not there counts as deleted"
}

describe("a spool of the mode always keeps the contract of a namespace", () =>
  whole({
    except,
    layer: inFront("always", (ns) => {
      const failures = new Map<string, HcpError.HcpError>()
      return [recorded(ns, failures), (spool) => settled(spool, failures)]
    })
  }))

describe("a spool of the mode whenAway keeps the contract of a namespace", () =>
  whole({ layer: inFront("whenAway", (ns) => [ns, ({ namespace }) => namespace]) }))
