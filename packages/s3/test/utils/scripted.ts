import { createHash } from "node:crypto"
import { assert } from "@effect/vitest"
import * as HcpClient from "@effect-hcp/sdk/HcpClient"
import { ConnectionLost, type HcpError, type S3Refused } from "@effect-hcp/sdk/HcpError"
import * as ReplicaStrategy from "@effect-hcp/sdk/ReplicaStrategy"
import * as Resolver from "@effect-hcp/sdk/Resolver"
import * as Target from "@effect-hcp/sdk/Target"
import * as Transport from "@effect-hcp/sdk/Transport"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as S3 from "../../src/S3.ts"
import * as S3Credentials from "../../src/S3Credentials.ts"

/** One request as a node saw it. */
export interface Call {
  readonly method: string
  readonly target: string
  readonly header: (name: string) => string | undefined
  readonly body: string
}

type Answer = Transport.HandlerAnswer | Transport.ExchangeFailure

/** What the nodes do next, and what they saw. One request more than the script has is a defect. */
export class Script {
  readonly calls: Array<Call> = []
  readonly #answers: Array<Answer>

  constructor(answers: ReadonlyArray<Answer>) {
    this.#answers = [...answers]
  }

  get only(): Call {
    assert.strictEqual(this.calls.length, 1)
    return this.call(0)
  }

  call(index: number): Call {
    const call = this.calls[index]
    if (call === undefined) throw new Error(`there is no call ${index}`)
    return call
  }

  /** Nothing of the script is left. */
  get isUsedUp(): boolean {
    return this.#answers.length === 0
  }

  readonly transport = Transport.layerHandler((request) =>
    Effect.gen({ self: this }, function* () {
      const { body } = request
      const chunks =
        body === undefined ? [] : body instanceof Uint8Array ? [body] : yield* Effect.orDie(Stream.runCollect(body))
      const header = (name: string) => {
        const at = request.headers.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name)
        return at < 0 ? undefined : request.headers[at + 1]
      }
      this.calls.push({
        method: request.method,
        target: request.path,
        header,
        body: Buffer.concat(chunks).toString("utf8")
      })
      const answer = this.#answers.shift()
      if (answer === undefined) return yield* Effect.die(new Error("the script is used up"))
      return answer instanceof Transport.ExchangeFailure ? yield* answer : answer
    })
  )
}

export const answer = (
  status: number,
  headers: Record<string, string> = {},
  body?: string
): Transport.HandlerAnswer => ({ status, headers, body })

export const xml = (body: string, headers: Record<string, string> = {}, status = 200) =>
  answer(status, { "Content-Type": "application/xml", ...headers }, `<?xml version="1.0" encoding="UTF-8"?>${body}`)

export const refusal = (status: number, code: string, message = "no", headers: Record<string, string> = {}) =>
  xml(`<Error><Code>${code}</Code><Message>${message}</Message><RequestId>42</RequestId></Error>`, headers, status)

/** The request was sent, and the connection broke. */
export const lost = new Transport.ExchangeFailure({
  reached: "request",
  reason: new ConnectionLost({ address: "192.0.2.9", code: "ECONNRESET" })
})

export const tenant = "europe.hcp.example.com"
export const user = { username: "lgreen", password: Redacted.make("start123") }

export interface Options extends S3.GatewayOptions {
  readonly credentials?: ReturnType<typeof S3Credentials.layerV4> | undefined
  readonly fqdn?: string | undefined
  readonly tls?: boolean | undefined
  readonly retry?: Target.Options["retry"]
}

export const layerOf = (script: Script, options: Options = {}) => {
  const credentials = options.credentials ?? S3Credentials.layerV4(user)
  const { domain, style } = options
  const target: Target.Options = {
    fqdn: options.fqdn ?? tenant,
    addresses: ["192.0.2.1", "192.0.2.2"],
    retry: options.retry,
    ...(options.tls === false ? { tls: false as const } : {})
  }
  return S3.layer({ domain, style }).pipe(
    Layer.provide(HcpClient.layer),
    Layer.provide(ReplicaStrategy.layerPrimaryOnly),
    Layer.provideMerge(Target.layer(target)),
    Layer.provide([script.transport, Resolver.layerStatic({})]),
    Layer.provide(credentials)
  )
}

/** Runs a program against a script, which it must use up. */
export const against = <A, E>(
  answers: ReadonlyArray<Answer>,
  program: Effect.Effect<A, E, S3.S3>,
  options?: Options
): Effect.Effect<readonly [A, Script], E | HcpError> =>
  Effect.suspend(() => {
    const script = new Script(answers)
    return Effect.map(program.pipe(Effect.provide(layerOf(script, options))), (value) => {
      assert.isTrue(script.isUsedUp, "the script was not used up")
      return [value, script] as const
    })
  })

/** The error a program fails with. */
export const failing = <A>(
  answers: ReadonlyArray<Answer>,
  program: Effect.Effect<A, HcpError, S3.S3>,
  options?: Options
): Effect.Effect<HcpError> =>
  Effect.map(Effect.orDie(against(answers, Effect.flip(program), options)), ([error]) => error)

/** The refusal a program fails with. */
export const refusedBy = <A>(
  answers: ReadonlyArray<Answer>,
  program: Effect.Effect<A, HcpError, S3.S3>,
  options?: Options
): Effect.Effect<S3Refused> =>
  Effect.map(failing(answers, program, options), ({ message, reason }) => {
    if (reason._tag !== "S3Refused") throw new Error(message)
    return reason
  })

export const md5 = (data: string | Uint8Array, encoding: "hex" | "base64" = "hex") =>
  createHash("md5").update(data).digest(encoding)
