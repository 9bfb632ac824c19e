/**
 * Looks at everything a program needs of an HCP before it begins, and says of each thing what was found and what to do:
 * the name, each node and its certificate, the clock, the credentials, the permissions, and the gateways.
 *
 * `Hcp.check` takes the options of `Hcp.layer`; this module has the same for programs that compose the pieces by
 * themselves. Nothing is stored or changed, and no call is repeated.
 *
 * **Example** (what a command might print)
 *
 * ```ts
 * import { CheckReport, Hcp } from "@effect-hcp/sdk"
 * import { Console, Effect } from "effect"
 *
 * const doctor = Effect.gen(function* () {
 *   const report = yield* Hcp.check({
 *     fqdn: "n1.t1.hcp1.example.com",
 *     credentials: { username: "n", password: "n01" },
 *     permissions: ["read", "write"],
 *     gateways: ["s3"]
 *   })
 *   for (const point of report.points) yield* Console.log(CheckReport.print(point))
 *   return report.passed
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as CheckReport from "./CheckReport.ts"
import * as Credentials from "./Credentials.ts"
import * as HcpBody from "./HcpBody.ts"
import * as HcpClient from "./HcpClient.ts"
import { CheckFailed, HcpError, type Reason } from "./HcpError.ts"
import type { HcpRequest } from "./HcpRequest.ts"
import { type Here, hereOf } from "./namespace/CopySource.ts"
import { info } from "./namespace/internal/namespaceInfo.ts"
import type * as NamespaceInfo from "./namespace/NamespaceInfo.ts"
import * as ReplicaStrategy from "./ReplicaStrategy.ts"
import { okOrFail } from "./ReplyStatus.ts"
import type { Resolver } from "./Resolver.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import * as Target from "./Target.ts"
import type { Transport } from "./Transport.ts"

type Needs = Credentials.Credentials | Resolver | Transport
type Point = CheckReport.Point

/** What is said of a thing. */
interface Said {
  readonly status: CheckReport.Status
  readonly finding: string
  readonly advice?: string | undefined
}

const point = (topic: CheckReport.Topic, host: string, said: Said, node?: string): Point => ({
  topic,
  status: said.status,
  host,
  node: Option.fromUndefinedOr(node),
  finding: said.finding,
  advice: Option.fromUndefinedOr(said.advice)
})

/** Messages of reasons say what happened, and after a semicolon what to try. */
const failed = (reason: Reason, status: CheckReport.Status = "failed"): Said => {
  const [finding = "", ...rest] = reason.message.split("; ")
  return { status, finding, advice: rest.length === 0 ? undefined : rest.join("; ") }
}

/** A client of one system, or of one of its nodes, whose calls are not repeated. */
const clientOf = (
  options: Target.Options
): Effect.Effect<
  { readonly client: HcpClient.HcpClient["Service"]; readonly target: Target.Shape },
  HcpError,
  Needs | Scope.Scope
> =>
  Effect.gen(function* () {
    const target = yield* Target.make({ ...options, retry: RetryPolicy.never })
    return { target, client: HcpClient.make(yield* ReplicaStrategy.make(target, undefined)) }
  })

const nameOf = Effect.fnUntraced(function* (
  target: Target.Shape,
  { addresses, proxy }: Target.Options
): Effect.fn.Return<{ readonly said: Said; readonly addresses: ReadonlyArray<string> }> {
  if (proxy?.resolve === "proxy") {
    return { said: { status: "ok", finding: "the proxy looks the name up" }, addresses: [] }
  }
  const found = yield* Effect.result(target.addresses)
  if (found._tag === "Failure") return { said: failed(found.failure.reason), addresses: [] }
  const list = found.success
  const what = addresses === undefined ? "the name has" : "the options give"
  const finding = `${what} ${list.length === 1 ? "one address" : `${list.length} addresses`}: ${list.join(", ")}`
  // HCP has four nodes at least.
  return list.length > 1
    ? { said: { status: "ok", finding }, addresses: list }
    : {
        said: {
          status: "warning",
          finding,
          advice:
            "no other node is asked when it fails; " +
            "let the name server give the addresses of all nodes, and no load balancer's"
        },
        addresses: list
      }
})

/** What one node says: whether it answers, and its time. */
interface Seen {
  readonly points: ReadonlyArray<Point>
  /** Milliseconds that its clock is ahead. */
  readonly ahead: number | undefined
  readonly address: string
}

const secondsIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : undefined

const nodeOf = Effect.fnUntraced(function* (
  options: Target.Options,
  address: string | undefined
): Effect.fn.Return<Seen, HcpError, Needs> {
  const { fqdn } = options
  const said = (topic: CheckReport.Topic, what: Said) => point(topic, fqdn, what, address)
  // Without credentials: HCP counts wrong passwords, and locks accounts.
  const { secure, asked } = yield* Effect.scoped(
    Effect.gen(function* () {
      const one = yield* clientOf({ ...options, addresses: address === undefined ? options.addresses : [address] })
      const request = { method: "HEAD", path: "/rest", expects: { gateway: "hcp" } } as const
      return { secure: one.target.secure, asked: yield* Effect.result(one.client.call(request)) }
    })
  ).pipe(Effect.provide(Credentials.layerAnonymous))
  const skipped: Said = { status: "skipped", finding: "the node does not answer" }
  if (asked._tag === "Failure") {
    const { reason } = asked.failure
    const points =
      reason._tag === "CertificateError"
        ? [said("nodes", { status: "ok", finding: "it takes connections" }), said("tls", failed(reason))]
        : [said("nodes", notHcp(reason)), ...(secure ? [said("tls", skipped)] : [])]
    return { points, ahead: undefined, address: address ?? fqdn }
  }
  const { headers, status, timings } = asked.success
  const theirs = secondsIn(headers.get("x-hcp-time")?.trim())
  const now = yield* Clock.currentTimeMillis
  const points = [
    said(
      "nodes",
      status >= 500
        ? { status: "failed", finding: `it answers with status ${status}`, advice: "look at the node in the console" }
        : { status: "ok", finding: `it answers in ${Math.round(Duration.toMillis(timings.total))} ms` }
    ),
    ...(secure ? [said("tls", tlsOf(options))] : [])
  ]
  return { points, ahead: theirs === undefined ? undefined : theirs - now, address: address ?? fqdn }
})

const anotherServer =
  "a proxy, a load balancer or another server has this address and port: give those of the nodes themselves"

/** What does not answer as HCP does may be anything at that address. */
const notHcp = (reason: Reason): Said => {
  const said = failed(reason)
  return reason._tag === "UnexpectedAnswer" || reason._tag === "NotFromHcp"
    ? {
        ...said,
        advice: [anotherServer, ...(said.advice === undefined ? [] : [said.advice])].join("; ")
      }
    : said
}

const tlsOf = ({ tls }: Target.Options): Said => {
  if (tls === undefined || tls === false || tls.insecureSkipVerification !== true) {
    return { status: "ok", finding: "its certificate is accepted" }
  }
  return {
    status: "warning",
    finding: "certificates are not verified, so anybody on the way can read and change everything",
    advice: "give `tls.caFile` or `tls.fingerprint256` in place of `insecureSkipVerification`"
  }
}

const plainHttp: Said = {
  status: "warning",
  finding: "plain HTTP is used, so anybody on the way can read everything, and use the credentials again",
  advice: "use TLS"
}

// A header has whole seconds, and an answer takes its time.
const agreed = 60_000
/** What signatures of S3 may differ. */
const tolerated = 15 * 60_000

const clockOf = (seen: ReadonlyArray<Seen>): Said => {
  const known = seen.flatMap(({ address, ahead }) => (ahead === undefined ? [] : [{ address, ahead }]))
  const [worst] = known.sort((left, right) => Math.abs(right.ahead) - Math.abs(left.ahead))
  if (worst === undefined) return { status: "skipped", finding: "no node says what time it is" }
  const seconds = Math.round(Math.abs(worst.ahead) / 1000)
  const finding = `the clock of ${worst.address} is ${seconds} s ${worst.ahead < 0 ? "behind" : "ahead of"} this one`
  if (Math.abs(worst.ahead) <= agreed) return { status: "ok", finding: "the clocks agree to the minute" }
  const advice = "let both sides have their time from the same source (NTP)"
  return Math.abs(worst.ahead) <= tolerated
    ? { status: "warning", finding, advice }
    : { status: "failed", finding: `${finding}: signatures of S3 are refused beyond 15 minutes`, advice }
}

const names = (set: NamespaceInfo.PermissionSet): ReadonlyArray<keyof NamespaceInfo.PermissionSet> =>
  CheckReport.permissionNames.filter((name) => set[name])

const permissionsOf = (
  { namespaceEffectivePermissions, userEffectivePermissions, userPermissions }: NamespaceInfo.Permissions,
  wanted: ReadonlyArray<keyof NamespaceInfo.PermissionSet>
): Said => {
  const granted = names(userEffectivePermissions)
  const finding = granted.length === 0 ? "the user may do nothing here" : `the user may ${granted.join(", ")}`
  const missing = wanted.filter((name) => !userEffectivePermissions[name])
  if (missing.length === 0 && (granted.length > 0 || wanted.length > 0)) return { status: "ok", finding }
  // What the user has and the namespace lets nobody do is put right in another place.
  const masked = missing.filter((name) => userPermissions[name] && !namespaceEffectivePermissions[name])
  const lacking = missing.filter((name) => !masked.includes(name))
  const advice = [
    ...(lacking.length > 0 || missing.length === 0
      ? [`give the user ${lacking.length === 0 ? "a permission" : lacking.join(", ")} for this namespace`]
      : []),
    ...(masked.length > 0 ? [`let the namespace itself permit ${masked.join(", ")}: it permits that to nobody`] : [])
  ]
  return {
    status: "failed",
    finding: missing.length === 0 ? finding : `${finding}, and not ${missing.join(", ")}`,
    advice: advice.join("; ")
  }
}

const userOf = Effect.fnUntraced(function* (
  client: HcpClient.HcpClient["Service"],
  host: string,
  wanted: ReadonlyArray<keyof NamespaceInfo.PermissionSet>
): Effect.fn.Return<
  { readonly points: ReadonlyArray<Point>; readonly mayBrowse: boolean },
  never,
  Credentials.Credentials
> {
  const { label } = yield* Credentials.Credentials
  const asked = yield* Effect.result(info(client).permissions())
  if (asked._tag === "Success") {
    return {
      points: [
        point("credentials", host, { status: "ok", finding: `HCP takes the credentials of ${label}` }),
        point("permissions", host, permissionsOf(asked.success, wanted))
      ],
      mayBrowse: asked.success.userEffectivePermissions.browse
    }
  }
  const { reason } = asked.failure
  const said: Said =
    reason._tag === "Forbidden"
      ? { ...failed(reason), advice: label === nobody ? givesCredentials : `check ${asUser(label, host)}` }
      : reason._tag === "NotFound"
        ? {
            status: "failed",
            finding: "there is no namespace at this host (404)",
            advice: "give the host of a namespace, <namespace>.<tenant>.<domain>"
          }
        : failed(reason)
  const unknown: Said = { status: "skipped", finding: "nobody says what the user may do" }
  return { points: [point("credentials", host, said), point("permissions", host, unknown)], mayBrowse: false }
})

/** The label of no credentials. */
const nobody = "anonymous"

const givesCredentials = "give credentials: the namespace lets nobody in without"

const asUser = (label: string, host: string): string =>
  `name and password of ${label}, that this user has data access to the namespace, and that ${host} is the host of one`

/** Whether objects are served: `/proc`, which says what the user may do, is there without REST too. */
const restOf = Effect.fnUntraced(function* (
  client: HcpClient.HcpClient["Service"],
  host: string
): Effect.fn.Return<Point> {
  const request = { method: "HEAD", path: "/rest", expects: { gateway: "hcp" } } as const
  const asked = yield* Effect.result(Effect.flatMap(client.call(request), okOrFail(request)))
  const title = "the REST gateway"
  if (asked._tag === "Success") return point("gateways", host, { status: "ok", finding: `${title} is open` })
  const { advice, finding, status } = failed(asked.failure.reason)
  return point("gateways", host, {
    status,
    finding: `${title} is not open to these credentials: ${finding}`,
    advice:
      asked.failure.reason._tag === "Forbidden"
        ? "enable REST (under HTTP of the protocols) for the namespace, for HTTP or HTTPS as it is used here"
        : advice
  })
})

const titles = { query: "the metadata query engine", s3: "the S3 gateway", management: "the management API" } as const

const advices = {
  query: "enable search for the tenant and the namespace, and give the user the search permission",
  s3: "enable the S3 protocol (Hitachi API for Amazon S3) for the namespace, and give the user data access",
  management: "enable the management API for the tenant, and take an administrator's credentials"
} as const

/** Something to ask a gateway that changes nothing. */
const requestTo = (gateway: CheckReport.Gateway, { namespace, tenant }: Here): HcpRequest => {
  switch (gateway) {
    case "query":
      return {
        method: "POST",
        path: "/query",
        headers: { "Content-Type": "application/xml", Accept: "application/xml" },
        body: HcpBody.text("<queryRequest><object><query>*:*</query><count>0</count></object></queryRequest>"),
        idempotent: true,
        expects: { gateway: "query" }
      }
    case "s3":
      return { method: "GET", path: `/hs3/${namespace}`, query: { "max-keys": "1" }, expects: { gateway: "s3" } }
    case "management":
      return {
        method: "GET",
        path: `/mapi/tenants/${tenant}`,
        headers: { Accept: "application/xml" },
        expects: { gateway: "hcp" }
      }
  }
}

const gatewayOf = Effect.fnUntraced(function* (
  gateway: CheckReport.Gateway,
  options: Target.Options,
  here: Here,
  required: boolean,
  isSearched: boolean
): Effect.fn.Return<Point, never, Needs> {
  const { fqdn } = options
  const request = requestTo(gateway, here)
  const asked = yield* Effect.result(
    Effect.scoped(
      Effect.flatMap(clientOf(options), ({ client }) => Effect.flatMap(client.call(request), okOrFail(request)))
    )
  )
  const title = titles[gateway]
  const status = required ? "failed" : "note"
  if (asked._tag === "Success") {
    // The engine answers for all namespaces of the tenant, and finds nothing in those that it does not index.
    return gateway === "query" && !isSearched
      ? point("gateways", fqdn, {
          status,
          finding: `${title} is open, and finds nothing of this namespace: search is off`,
          advice: "enable search for the namespace"
        })
      : point("gateways", fqdn, { status: "ok", finding: `${title} is open` })
  }
  const { advice, finding } = failed(asked.failure.reason)
  return asked.failure.reached === "answer"
    ? point("gateways", fqdn, {
        status,
        finding: `${title} is not open to these credentials: ${finding}`,
        advice: advices[gateway]
      })
    : point("gateways", fqdn, { status, finding: `${title} cannot be reached: ${finding}`, advice })
})

const gateways = ["query", "s3", "management"] as const

const concurrency = 8

/**
 * Checks one system. `options` are those of its target, where `fqdn` is the host of a namespace.
 *
 * Fails only with `InvalidInput`, for options that make no sense; whatever does not work is a point of the report.
 *
 * @category combinators
 * @since 0.1.0
 */
export const run = (
  options: Target.Options,
  check: CheckReport.Options = {}
): Effect.Effect<CheckReport.CheckReport, HcpError, Needs> =>
  Effect.gen(function* () {
    const { target } = yield* clientOf(options)
    const host = target.fqdn
    const { addresses, said } = yield* nameOf(target, options)
    const points: Array<Point> = [point("name", host, said)]
    if (said.status === "failed") {
      const rest = ["nodes", "tls", "clock", "credentials", "permissions", "gateways"] as const
      for (const topic of rest) {
        points.push(point(topic, host, { status: "skipped", finding: "the nodes are not known" }))
      }
      return CheckReport.make(points)
    }
    const nodes = addresses.length === 0 ? [undefined] : addresses
    const seen = yield* Effect.forEach(nodes, (address) => nodeOf(options, address), { concurrency })
    const found = seen.flatMap((one) => one.points)
    points.push(...found.filter(({ topic }) => topic === "nodes"))
    if (target.secure) points.push(...found.filter(({ topic }) => topic === "tls"))
    else points.push(point("tls", host, plainHttp))
    points.push(point("clock", host, clockOf(seen)))
    // What is asked from here on is not about the nodes.
    const well = seen.filter((one) => one.points.every(({ status }) => status !== "failed"))
    if (well.length === 0) {
      for (const topic of ["credentials", "permissions", "gateways"] as const) {
        points.push(point(topic, host, { status: "skipped", finding: "no node can be asked" }))
      }
      return CheckReport.make(points)
    }
    const known: Target.Options =
      addresses.length === 0 ? options : { ...options, addresses: well.map(({ address }) => address) }
    const { client } = yield* clientOf(known)
    const user = yield* userOf(client, host, check.permissions ?? [])
    points.push(...user.points)
    // Whoever may not look at directories is refused there, whatever is enabled.
    if (user.mayBrowse) points.push(yield* restOf(client, host))
    const here = hereOf(host)
    if (here === undefined || user.points.some(({ status }) => status === "skipped")) {
      const finding = "only a user of a namespace can be looked at there"
      points.push(point("gateways", host, { status: "skipped", finding }))
    } else {
      const fqdn = host.slice(here.namespace.length + 1)
      const settings = yield* Effect.result(info(client).namespaces())
      const isSearched = settings._tag === "Failure" || settings.success[0]?.searchEnabled !== false
      const opened = yield* Effect.forEach(
        gateways,
        (gateway) =>
          gatewayOf(
            gateway,
            {
              ...known,
              fqdn,
              port: gateway === "management" ? (check.managementPort ?? Target.Port.mapi) : target.port,
              tls: target.secure ? options.tls : gateway === "management" ? {} : false
            },
            here,
            check.gateways?.includes(gateway) === true,
            isSearched
          ),
        { concurrency }
      )
      points.push(...opened)
    }
    return CheckReport.make(points)
  }).pipe(
    Effect.scoped,
    // What the options mean is a point of the report, not a line of the log for each node.
    Effect.provideService(References.MinimumLogLevel, "Error")
  )

/**
 * Checks systems, one after the other: their reports as one. Fails as {@link run}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runAll = (
  systems: ReadonlyArray<Target.Options>,
  check?: CheckReport.Options
): Effect.Effect<CheckReport.CheckReport, HcpError, Needs> =>
  Effect.map(
    Effect.forEach(systems, (options) => run(options, check)),
    (reports) => CheckReport.make(reports.flatMap(({ points }) => points))
  )

/**
 * The error of a report in which something failed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const toError = (target: string, report: CheckReport.CheckReport): HcpError =>
  new HcpError({
    operation: "check",
    target,
    reason: new CheckFailed({
      failures: CheckReport.failures(report).map(({ advice, finding, host, node, topic }) => ({
        topic,
        where: Option.getOrElse(node, () => host),
        finding,
        advice: Option.getOrElse(advice, () => "")
      }))
    })
  })
