import { Clock, Context, Duration, Effect, Layer, Random, Redacted, Stream } from "effect"
import * as Credentials from "../../src/Credentials.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import type { HcpError } from "../../src/HcpError.ts"
import { CannotConnect, CannotOpenSocket, ConnectionLost, IncompleteBody, Timeout } from "../../src/HcpError.ts"
import * as ReplicaStrategy from "../../src/ReplicaStrategy.ts"
import * as Resolver from "../../src/Resolver.ts"
import * as Target from "../../src/Target.ts"
import * as Transport from "../../src/Transport.ts"

/** One thing a node does with a request. */
export type Step =
  | Transport.HandlerAnswer
  | Transport.ExchangeFailure
  | ((request: Transport.WireRequest) => Effect.Effect<Transport.HandlerAnswer, Transport.ExchangeFailure>)

/** One request as a node saw it. */
export interface Call {
  readonly node: string
  /** Milliseconds of the test's clock. */
  readonly at: number
  readonly request: Transport.WireRequest
  readonly header: (name: string) => string | undefined
}

/** The nodes of one system: what they do next, which of them are dead (warm connections break), and what they saw. */
export class ScriptedNodes {
  readonly calls: Array<Call> = []
  readonly connects: Array<string> = []
  readonly dead = new Set<string>()
  isDown = false
  /** This computer can open no socket. */
  isShortOfSockets = false
  /** What a connection takes before it stands or is refused. */
  connecting: Effect.Effect<void> = Effect.void
  /** What is done next; `otherwise` once that is used up. */
  steps: Array<Step>
  otherwise: Step | undefined

  constructor(steps: ReadonlyArray<Step>, otherwise?: Step) {
    this.steps = [...steps]
    this.otherwise = otherwise
  }

  get nodes(): ReadonlyArray<string> {
    return this.calls.map((call) => call.node)
  }

  readonly layer = Transport.layerHandler(
    (request, endpoint) =>
      Effect.gen({ self: this }, function* () {
        if (this.isDown || this.dead.has(endpoint.address)) return yield* lost
        const at = yield* Clock.currentTimeMillis
        const header = (name: string) => {
          const index = request.headers.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name)
          return index < 0 ? undefined : request.headers[index + 1]
        }
        this.calls.push({ node: endpoint.address, at, request, header })
        const step = this.steps.shift() ?? this.otherwise
        if (step === undefined) return yield* Effect.die(new Error("the script is used up"))
        const done = typeof step === "function" ? yield* step(request) : step
        return done instanceof Transport.ExchangeFailure ? yield* done : breaksOff(done, endpoint.address)
      }),
    {
      connect: (endpoint) =>
        Effect.suspend(() => {
          this.connects.push(endpoint.address)
          return Effect.andThen(
            this.connecting,
            Effect.suspend(() => {
              const { address, port } = endpoint
              const reason = this.isShortOfSockets
                ? new CannotOpenSocket({ address, port, code: "EMFILE" })
                : new CannotConnect({ address, port, code: "ECONNREFUSED" })
              return this.isShortOfSockets || this.isDown || this.dead.has(address)
                ? new Transport.ExchangeFailure({ reached: "nothing", reason })
                : Effect.void
            })
          )
        })
    }
  )
}

/** The bytes there are, and then the connection breaks, where the answer says so. */
const breaksOff = (answer: Transport.HandlerAnswer, address: string): Transport.HandlerAnswer => {
  const how = answer.headers?.["X-Breaks-Off"]
  if (how === undefined) return answer
  const reason = new IncompleteBody({ address, expected: 9, received: 5 })
  const breaksWith = new Transport.ExchangeFailure({ reached: "answer", reason })
  return { ...answer, body: how === "at once" ? undefined : answer.body, breaksWith }
}

/** An answer whose body breaks off. */
export const brokenOff: Transport.HandlerAnswer = { status: 200, headers: { "X-Breaks-Off": "yes" }, body: "hello" }

/** The nodes do this, and a request more is a defect. */
export const script = (...steps: ReadonlyArray<Step>) => new ScriptedNodes(steps)

/** The nodes always do the same. */
export const always = (step: Step) => new ScriptedNodes([], step)

export const answer = (status: number, headers?: Record<string, string>, body?: string): Transport.HandlerAnswer => ({
  status,
  headers,
  body
})

/** The request was sent, and the connection broke. */
export const lost = new Transport.ExchangeFailure({
  reached: "request",
  reason: new ConnectionLost({ address: "192.0.2.9", code: "ECONNRESET" })
})

/** The request was sent, and nothing came back in time. */
export const mute = new Transport.ExchangeFailure({
  reached: "request",
  reason: new Timeout({ phase: "response", limit: Duration.seconds(30), address: "192.0.2.9" })
})

/** Reads the request's body before the step. */
export const reading =
  (step: Step): Step =>
  (request) =>
    Effect.gen(function* () {
      const { body } = request
      if (body !== undefined && !(body instanceof Uint8Array)) yield* Effect.ignore(Stream.runDrain(body))
      if (typeof step === "function") return yield* step(request)
      return step instanceof Transport.ExchangeFailure ? yield* step : step
    })

export const fqdn = "n1.t1.hcp.test"
export const fourNodes = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]

export const user = Credentials.layerLocal({ username: "n", password: Redacted.make("n01") })

export interface TargetOptions extends Partial<Target.Options> {
  readonly credentials?: Layer.Layer<Credentials.Credentials, HcpError> | undefined
  readonly resolver?: Layer.Layer<Resolver.Resolver, HcpError> | undefined
}

const needs = (nodes: Pick<ScriptedNodes, "layer">, { credentials, resolver }: TargetOptions) =>
  Layer.mergeAll(nodes.layer, credentials ?? user, resolver ?? Resolver.layerStatic({}))

const withDefaults = ({ credentials: _, resolver, ...options }: TargetOptions): Target.Options => ({
  fqdn,
  tls: false,
  ...(resolver === undefined ? { addresses: fourNodes } : {}),
  ...options
})

export const makeTarget = (nodes: Pick<ScriptedNodes, "layer">, options: TargetOptions = {}) =>
  Target.layer(withDefaults(options)).pipe(
    Layer.provide(needs(nodes, options)),
    Layer.build,
    Effect.map((context) => Context.get(context, Target.Target))
  )

export const makeReplica = (nodes: ScriptedNodes, options: TargetOptions = {}) =>
  Target.layerReplica(withDefaults({ fqdn: "n1.t1.replica.test", ...options })).pipe(
    Layer.provide(needs(nodes, options)),
    Layer.build,
    Effect.map((context) => Context.get(context, Target.Replica))
  )

/** A client over the primary alone. */
export const makeClient = (nodes: ScriptedNodes, options?: TargetOptions) =>
  Effect.map(
    Effect.flatMap(makeTarget(nodes, options), (target) => ReplicaStrategy.make(target, undefined)),
    HcpClient.make
  )

/** Every random number is this one. */
export const withRandom = (number: number) =>
  Effect.provideService(Random.Random, {
    nextDoubleUnsafe: () => number,
    nextIntUnsafe: () => 0
  })
