/**
 * One HCP system seen through one name: its nodes, warm connections to them, credentials, and one attempt after
 * another.
 *
 * {@link Target} and {@link Replica} are two service keys with the same shape, for the two sides of a replication link.
 *
 * **Example** (a target for tests, without sockets)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { HcpClient, ReplicaStrategy, Target } from "@effect-hcp/sdk"
 *
 * const Test = HcpClient.layer.pipe(
 *   Layer.provide(ReplicaStrategy.layerPrimaryOnly),
 *   Layer.provide(Target.layerTest(() => Effect.succeed({ status: 404 })))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as AddressPool from "./AddressPool.ts"
import type { Endpoint, ExchangeFailure, WireRequest } from "./Connection.ts"
import * as ConnectionPool from "./ConnectionPool.ts"
import * as Credentials from "./Credentials.ts"
import { HcpError } from "./HcpError.ts"
import type { HcpRequest } from "./HcpRequest.ts"
import type { Check, HcpReply, HcpResponse, OnReceived } from "./HcpResponse.ts"
import type { HttpProxy } from "./HttpProxy.ts"
import * as OnDemand from "./internal/config/onDemand.ts"
import { targetKinds } from "./internal/config/optionKinds.ts"
import { isHostName } from "./internal/dns/name.ts"
import { addressProblem, unusableKind } from "./internal/dns/unusable.ts"
import type { HostPool } from "./internal/pool/hostPool.ts"
import { makeFixedNodes, makeNodes, makeStaticNodes, type Nodes } from "./internal/pool/nodes.ts"
import * as call from "./internal/request/call.ts"
import { isBlamable } from "./internal/request/judge.ts"
import { ports } from "./internal/request/placeHint.ts"
import { buffered, streamed } from "./internal/request/response.ts"
import { Signer } from "./internal/request/signing.ts"
import { fromStatus } from "./internal/request/statusReason.ts"
import type { System } from "./internal/request/system.ts"
import { makeDialer } from "./internal/transport/tlsDialer.ts"
import * as OptionCheck from "./OptionCheck.ts"
import * as Resolver from "./Resolver.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import { UnexpectedStatus } from "./StatusReason.ts"
import type * as Tls from "./Tls.ts"
import * as Transport from "./Transport.ts"
import { InvalidInput } from "./WireReason.ts"

/**
 * The ports of HCP.
 *
 * @category models
 * @since 0.1.0
 */
export const Port = {
  /** Object data without TLS. */
  http: ports.http,
  /** Object data with TLS. */
  https: ports.https,
  /** The system management and tenant consoles. */
  admin: ports.admin,
  /** The search console. */
  search: ports.search,
  /** The management API. */
  mapi: ports.mapi
} as const

// Enough for the four threads that Node reads files with, few beside the 1,024 files a process mostly may have open.
const filesAtOnce = 32

const plainPorts: ReadonlySet<number> = new Set([Port.http, 8080])

/**
 * How to reach one system.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** `<namespace>.<tenant>.<domain>` for objects, `<tenant>.<domain>` or `admin.<domain>` for management. */
  readonly fqdn: string
  /** Defaults to `443`, and to `80` with `tls: false`. */
  readonly port?: number | undefined
  /**
   * How certificates are verified, or `false` for plain HTTP. Defaults to {@link Tls.verify}; on the ports 80 and 8080
   * to plain HTTP, with a warning.
   */
  readonly tls?: Tls.Tls | false | undefined
  /**
   * Whether answers are taken for HCP's that have no header of HCP's own: for sites whose proxy or load balancer strips
   * them. Such a device can then say that an object is stored or gone, without HCP having heard of it. Defaults to
   * `false`.
   */
  readonly acceptUnmarkedAnswers?: boolean | undefined
  /** The nodes' IP addresses, for sites without DNS. Defaults to asking the `Resolver` for the FQDN. */
  readonly addresses?: ReadonlyArray<string> | undefined
  /** The forward proxy through which all connections go. Defaults to none. */
  readonly proxy?: HttpProxy | undefined
  /** Defaults to {@link RetryPolicy.defaults}. */
  readonly retry?: RetryPolicy.RetryPolicy | undefined
  /** Limits of the connection pool. */
  readonly connections?: ConnectionPool.Options | undefined
  /** TCP, the answer of the proxy, and TLS together. Defaults to 3 seconds. */
  readonly connectTimeout?: Duration.Input | undefined
  /** From the last byte sent to the head of the answer. Defaults to 30 seconds. */
  readonly responseTimeout?: Duration.Input | undefined
  /** Silence inside the answer's body. Defaults to 30 seconds. */
  readonly bodyTimeout?: Duration.Input | undefined
  /**
   * Sends TCP keep-alive probes after this idle time; the operating system sets interval and count. Defaults to none.
   */
  readonly tcpKeepAlive?: Duration.Input | undefined
}

/**
 * What a call may know beyond its request.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExecuteOptions {
  /**
   * When the call is left to another system: `never`; `whenDown`, once no node takes a connection; `beforeDelay`, also
   * where a delay would be due before the next attempt. Defaults to `never`.
   */
  readonly handOver?: "never" | "whenDown" | "beforeDelay" | undefined
  /** Whether an attempt at another system may have taken effect. Defaults to `false`. */
  readonly maybeDone?: boolean | undefined
  /** Addresses of nodes that are asked only when there are no others. */
  readonly avoid?: ReadonlyArray<string> | undefined
}

/**
 * One system. The shape of both {@link Target} and {@link Replica}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  readonly fqdn: string
  readonly port: number
  /** Whether TLS is used. */
  readonly secure: boolean
  readonly role: "primary" | "replica"
  /** How failed attempts are repeated here. */
  readonly retry: RetryPolicy.RetryPolicy
  /**
   * Sends a request, to another node if one fails, and hands back the answer whatever its status. The connection is
   * held until the scope closes. Fails with any `WireReason`, and where the request says what it `expects` also with
   * `UnexpectedAnswer` and `NotFromHcp`; `systemDown` tells whether the whole system seems to be down.
   */
  readonly execute: (
    request: HcpRequest,
    options?: ExecuteOptions & { readonly check?: Check<HcpResponse> | undefined }
  ) => Effect.Effect<HcpResponse, HcpError, Scope.Scope>
  /**
   * The same for answers that fit into memory: nothing is held any more when it is done. Of a success at most
   * `maxBodyBytes` are kept (default 64 MiB), of any other answer 64 KiB. A GET whose body breaks off is asked for
   * again within the retry policy, and one whose hash is wrong once.
   */
  readonly call: (
    request: HcpRequest,
    options?: ExecuteOptions & {
      readonly maxBodyBytes?: number | undefined
      readonly onReceived?: OnReceived | undefined
      readonly check?: Check<HcpReply> | undefined
    }
  ) => Effect.Effect<HcpReply, HcpError>
  /** The nodes known now; resolves the name if that was not done yet. */
  readonly addresses: Effect.Effect<ReadonlyArray<string>, HcpError>
  /** The address the next call would use; each call takes the next one. */
  readonly nextAddress: Effect.Effect<string, HcpError>
  /** Resolves the name anew. Keeps the old addresses if that fails. */
  readonly refresh: Effect.Effect<void, HcpError>
  /** The headers that prove who we are; values are redacted. */
  readonly authorization: Effect.Effect<Credentials.CredentialHeaders, HcpError>
  /** Health of the nodes. */
  readonly nodes: AddressPool.AddressPool["Service"]
  /** What the connection pool holds, one entry a node. */
  readonly connections: Effect.Effect<ReadonlyArray<ConnectionPool.NodeConnections>>
  /** Whether any node answers: asks one for `/` and takes any status below 500. */
  readonly probe: Effect.Effect<void, HcpError>
  /**
   * The same system, but one node of it, chosen now and kept until the scope closes: for calls whose state lives on a
   * node.
   */
  readonly pinned: Effect.Effect<Shape, HcpError, Scope.Scope>
}

/**
 * The system that is asked first.
 *
 * @category services
 * @since 0.1.0
 */
export class Target extends Context.Service<Target, Shape>()("@effect-hcp/sdk/Target") {}

/**
 * The system that holds a replica of the first.
 *
 * @category services
 * @since 0.1.0
 */
export class Replica extends Context.Service<Replica, Shape>()("@effect-hcp/sdk/Target/Replica") {}

/** What makes a target of its parts. */
interface Parts {
  readonly options: Options
  readonly port: number
  readonly secure: boolean
  readonly system: Omit<System, "nodes">
}

const assemble = (parts: Parts, nodes: Nodes): Shape => {
  const { fqdn } = parts.options
  const system: System = { ...parts.system, nodes }
  const { pool } = system
  const optionsOf = (options: ExecuteOptions | undefined): call.Options => ({
    handOver: options?.handOver ?? "never",
    maybeDone: options?.maybeDone ?? false,
    avoid: options?.avoid
  })
  const execute: Shape["execute"] = (request, options) =>
    streamed((delivery) => call.send(system, request, delivery, optionsOf(options)), options?.check)
  const next: Effect.Effect<AddressPool.NodeAddress, HcpError> = Effect.suspend(() => {
    const node = pool.turn(nodes.candidates(pool.timeouts.now(), noneTried))
    return node === undefined ? Effect.flatMap(nodes.resolved, () => next) : Effect.succeed(node)
  })
  return {
    fqdn,
    port: parts.port,
    secure: parts.secure,
    role: system.role,
    retry: system.policy,
    execute,
    call: (request, options) =>
      call.send(
        system,
        request,
        buffered(options?.maxBodyBytes, options?.onReceived, options?.check),
        options === undefined ? byDefault : optionsOf(options)
      ),
    addresses: Effect.suspend(() => (nodes.all().length > 0 ? Effect.void : nodes.refresh)).pipe(
      Effect.map(() => nodes.all().map((node) => node.address))
    ),
    nextAddress: Effect.map(next, (node) => node.address),
    refresh: nodes.refresh,
    authorization: system.credentials.headers,
    nodes: AddressPool.fromNodes(nodes),
    connections: Effect.sync(() => pool.stats()),
    probe: Effect.scoped(
      Effect.flatMap(execute({ method: "HEAD", path: "/" }, { handOver: "whenDown" }), (response) => {
        const { status } = response
        if (status < 500) return Effect.void
        const reason = fromStatus(status, response.headers) ?? new UnexpectedStatus({ status })
        return Effect.fail(new HcpError({ operation: "probe", target: fqdn, reached: "answer", reason }))
      })
    ),
    pinned: Effect.flatMap(next, (node) =>
      Effect.map(makeFixedNodes([node], { fqdn }), (single) => assemble(parts, single))
    )
  }
}

const byDefault: call.Options = { handOver: "never", maybeDone: false, avoid: undefined }

const noneTried: ReadonlySet<AddressPool.NodeAddress> = new Set()

const invalid = (fqdn: string, field: string, detail: string) =>
  new HcpError({ operation: "configure", target: fqdn, reason: new InvalidInput({ field, detail }) })

const kinds: OptionCheck.KindsOf<Options> = targetKinds

/** Gives the static addresses, if there are any. */
const checkOptions = (options: Options): Effect.Effect<Arr.NonEmptyReadonlyArray<string> | undefined, HcpError> => {
  const wrong = OptionCheck.problemOf(options, kinds, { required: ["fqdn"] })
  if (wrong !== undefined) {
    return Effect.fail(
      new HcpError({ operation: "configure", target: OptionCheck.textIn(options, "fqdn"), reason: wrong })
    )
  }
  const { addresses, fqdn, port } = options
  if (!isHostName(fqdn)) {
    return Effect.fail(
      invalid(
        fqdn,
        "fqdn",
        `"${fqdn}" is no host name; give <namespace>.<tenant>.<domain>, without "https://" and path`
      )
    )
  }
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    return Effect.fail(invalid(fqdn, "port", `${port} is no port; give a whole number from 1 to 65535`))
  }
  if (addresses !== undefined && options.proxy?.resolve === "proxy") {
    const detail = 'the proxy is to find the nodes (proxy.resolve is "proxy"); leave one of the two out'
    return Effect.fail(invalid(fqdn, "addresses", detail))
  }
  if (addresses !== undefined && !Arr.isReadonlyArrayNonEmpty(addresses)) {
    return Effect.fail(invalid(fqdn, "addresses", "the list is empty; leave it out to resolve the FQDN"))
  }
  const literal = unusableKind(fqdn)
  if (literal !== undefined) {
    return Effect.fail(
      invalid(fqdn, "fqdn", `${fqdn} is ${literal}, which no node can be; give the name of the system`)
    )
  }
  for (const address of addresses ?? []) {
    const detail = addressProblem(address)
    if (detail !== undefined) return Effect.fail(invalid(fqdn, "addresses", detail))
  }
  return Effect.succeed(addresses)
}

const makeRole = Effect.fnUntraced(function* (
  role: Shape["role"],
  options: Options
): Effect.fn.Return<Shape, HcpError, Credentials.Credentials | Resolver.Resolver | Transport.Transport | Scope.Scope> {
  const addresses = yield* checkOptions(options)
  const { fqdn } = options
  // The final dot says "absolute" to a resolver; neither Host nor a certificate has it.
  const name = fqdn.replace(/\.$/, "")
  const isPlainByPort = options.tls === undefined && options.port !== undefined && plainPorts.has(options.port)
  const tls = options.tls ?? (isPlainByPort ? false : {})
  const port = options.port ?? (tls === false ? Port.http : Port.https)
  const credentials = yield* Credentials.Credentials
  if (tls === false && credentials.requiresTls) {
    return yield* invalid(fqdn, "tls", `the credentials of ${credentials.label} are readable on the wire; use TLS`)
  }
  if (isPlainByPort) {
    yield* Effect.logWarning(
      `${name} is used with plain HTTP, because of its port ${port}: anybody on the way can read everything, and use ` +
        "the token of the credentials again; set tls (HCP_TLS=true), or tls: false (HCP_TLS=false) if this is meant"
    )
  }
  if (port === Port.admin) {
    yield* Effect.logWarning(
      `${name} is used at port ${port}, where HCP has its consoles: objects, S3 and queries are at ${Port.https} ` +
        `(${Port.http} without TLS), the management API at ${Port.mapi}; leave port out (HCP_PORT)`
    )
  }
  const dialer = tls === false ? undefined : yield* makeDialer(tls, name)
  const proxy =
    options.proxy === undefined ? undefined : yield* (yield* OnDemand.proxyDialer).makeProxyDialer(options.proxy, name)
  const policy = options.retry ?? RetryPolicy.defaults
  const nodes =
    proxy?.resolvesNames === true
      ? yield* makeFixedNodes([{ address: name, family: "name" }], { fqdn })
      : addresses === undefined
        ? yield* makeNodes({ fqdn }, yield* Resolver.Resolver)
        : yield* makeStaticNodes(addresses, { fqdn })
  const common = {
    port,
    fqdn: name,
    tls: dialer,
    proxy,
    connectTimeout: Duration.fromInputUnsafe(options.connectTimeout ?? "3 seconds"),
    tcpKeepAlive: options.tcpKeepAlive === undefined ? undefined : Duration.fromInputUnsafe(options.tcpKeepAlive)
  }
  const endpoints = new WeakMap<AddressPool.NodeAddress, Endpoint>()
  const endpointOf = (node: AddressPool.NodeAddress): Endpoint => {
    let endpoint = endpoints.get(node)
    if (endpoint === undefined) {
      endpoint = { ...common, address: node.address }
      endpoints.set(node, endpoint)
    }
    return endpoint
  }
  const pool: HostPool = yield* ConnectionPool.makePool(options.connections, (address, failure, since) => {
    const node = isBlamable(failure.reason) ? nodes.at(address) : undefined
    if (node !== undefined) nodes.report(node, connectFailed, since, pool.timeouts.now())
  })
  nodes.onHealthy(() => pool.setHealthy(nodes.healthy(), endpointOf, nodes.start()))
  const secure = tls !== false
  if (options.acceptUnmarkedAnswers === true) {
    yield* Effect.logWarning(`answers of anybody on the way to ${fqdn} are taken for HCP's (acceptUnmarkedAnswers)`)
  }
  return assemble(
    {
      options,
      port,
      secure,
      system: {
        fqdn,
        port,
        role,
        credentials,
        signer: new Signer(credentials, secure),
        pool,
        policy,
        budget: RetryPolicy.makeBudget(policy),
        defaults: {
          fqdn,
          // RFC 9110, 7.2: a port other than the scheme's own is part of the Host.
          host: port === (secure ? Port.https : Port.http) ? name : `${name}:${port}`,
          responseTimeout: Duration.fromInputUnsafe(options.responseTimeout ?? "30 seconds"),
          bodyTimeout: Duration.fromInputUnsafe(options.bodyTimeout ?? "30 seconds")
        },
        acceptsUnmarked: options.acceptUnmarkedAnswers === true,
        answers: { count: 0 },
        hashes: { scheme: undefined },
        opening: Semaphore.makeUnsafe(filesAtOnce)
      }
    },
    nodes
  )
})

const connectFailed: AddressPool.Outcome = { _tag: "ConnectFailed" }

type Needs = Credentials.Credentials | Resolver.Resolver | Transport.Transport

/**
 * Makes the system that is asked first. No name is resolved and no connection made before the first call.
 *
 * Fails with `InvalidInput` when an option makes no sense, a CA file cannot be read, or the credentials need TLS.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<Shape, HcpError, Needs | Scope.Scope> =>
  makeRole("primary", options)

/**
 * {@link make} as a layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Target, HcpError, Needs> =>
  Layer.effect(Target, makeRole("primary", options))

/**
 * The system with the replica, as a layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerReplica = (options: Options): Layer.Layer<Replica, HcpError, Needs> =>
  Layer.effect(Replica, makeRole("replica", options))

/**
 * A target answered by a function: no sockets, no DNS, no credentials. For tests of code above it. Answers are
 * completed as those of `Transport.layerHandler`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTest = (
  handler: (request: WireRequest, endpoint: Endpoint) => Effect.Effect<Transport.HandlerAnswer, ExchangeFailure>,
  options?: Partial<Options>
): Layer.Layer<Target> => layer(testOptions(options)).pipe(Layer.provide(testNeeds(handler)), Layer.orDie)

/**
 * A replica answered by a function, as {@link layerTest}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerReplicaTest = (
  handler: (request: WireRequest, endpoint: Endpoint) => Effect.Effect<Transport.HandlerAnswer, ExchangeFailure>,
  options?: Partial<Options>
): Layer.Layer<Replica> => layerReplica(testOptions(options)).pipe(Layer.provide(testNeeds(handler)), Layer.orDie)

const testOptions = (options: Partial<Options> | undefined): Options => ({
  fqdn: "n1.t1.hcp.test",
  tls: false,
  addresses: ["192.0.2.1", "192.0.2.2"],
  ...options
})

const testNeeds = (handler: Parameters<typeof Transport.layerHandler>[0]) =>
  Layer.mergeAll(Transport.layerHandler(handler), Credentials.layerAnonymous, Resolver.layerStatic({}))
