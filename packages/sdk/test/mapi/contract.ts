import { it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Clock, Context, Duration, Effect, Layer, Redacted, type Scope } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import type { HcpError } from "../../src/HcpError.ts"
import * as Mapi from "../../src/mapi/Mapi.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"

export const first = "hcp1.example.com"
export const second = "hcp2.example.com"

/** Does something as somebody, at one host of the management API. */
export type As = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Mapi.Mapi>>

/** A simulator, and those who administer it and store objects in it, over HTTPS. */
export interface Stage {
  readonly simulator: Simulator.Simulator["Service"]
  /** Lets time pass, for the simulator alone. */
  readonly pass: (duration: Duration.Input) => Effect.Effect<void>
  /** An administrator of a system, the first one unless another is named. */
  readonly admin: (domain?: string) => Effect.Effect<As, HcpError, Scope.Scope>
  /** A user of a tenant of the first system, at the tenant's host. */
  readonly manager: (tenant: string, user: string, password: string) => Effect.Effect<As, HcpError, Scope.Scope>
  /** The namespace `name.tenant` of the first system, in the eyes of a user. */
  readonly namespace: (
    key: string,
    user: string,
    password: string
  ) => Effect.Effect<Namespace.Namespace["Service"], HcpError, Scope.Scope>
}

export const secret = Redacted.make<string>

/** The real clock, ahead by as much as was let pass. */
const makeClock = () => {
  const real = Clock.Clock.defaultValue()
  let ahead = 0
  const millis = () => real.currentTimeMillisUnsafe() + ahead
  const nanos = () => real.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: real.monotonicTimeNanos,
    sleep: (duration) => real.sleep(duration)
  }
  const pass = (duration: Duration.Input) =>
    Effect.sync(() => {
      ahead += Duration.toMillis(Duration.fromInputUnsafe(duration))
    })
  return { clock, pass }
}

export const start = Effect.fnUntraced(function* (
  format: Mapi.Format,
  options: Simulator.SimulatorOptions = {}
): Effect.fn.Return<Stage, unknown, Scope.Scope> {
  const { clock, pass } = makeClock()
  const simulator = yield* Simulator.make({ systems: [{ domain: first, nodes: 2 }], ttl: "1 second", ...options }).pipe(
    Effect.provideService(Clock.Clock, clock)
  )
  const [{ ports }] = simulator.systems
  const common = {
    tls: { ca: simulator.ca },
    resolver: { nameServers: [simulator.nameServer] },
    responseTimeout: "2 seconds"
  } as const
  const as = Effect.fnUntraced(function* (fqdn: string, username: string, password: string) {
    const port = simulator.systems.find(({ domain }) => fqdn.endsWith(`.${domain}`))?.ports.mapi
    const live = Mapi.layer({ port, format }).pipe(
      Layer.provide(Hcp.layer({ ...common, fqdn, port, credentials: { username, password } }))
    )
    const mapi = Context.get(yield* Layer.build(live), Mapi.Mapi)
    const within: As = (effect) => Effect.provideService(effect, Mapi.Mapi, mapi)
    return within
  })
  return {
    simulator,
    pass,
    admin: (domain = first) => as(`admin.${domain}`, "service", "service01"),
    manager: (tenant, user, password) => as(`${tenant}.${first}`, user, password),
    namespace: Effect.fnUntraced(function* (key, username, password) {
      const live = Hcp.layer({
        ...common,
        fqdn: `${key}.${first}`,
        port: ports.https,
        credentials: { username, password }
      })
      return Namespace.make(Context.get(yield* Layer.build(live), HcpClient.HcpClient))
    })
  }
})

/** A test that has to pass in both formats, each time over a simulator of its own. */
export const inBothFormats = (
  name: string,
  body: (stage: Stage, format: Mapi.Format) => Effect.Effect<void, unknown, Scope.Scope>,
  options?: Simulator.SimulatorOptions
): void => {
  for (const format of ["json", "xml"] as const) {
    it.live(`${name} (${format})`, () =>
      Effect.scoped(Effect.flatMap(start(format, options), (stage) => body(stage, format)))
    )
  }
}
