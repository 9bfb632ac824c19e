/**
 * The names and kinds of the options of everything a client is made of. Where the type of the options stands in a
 * module that imports this one, it says there that they satisfy it.
 *
 * @internal
 */
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { HealthOptions } from "../../NodeHealth.ts"
import type { Kind, Kinds, KindsOf } from "../../OptionCheck.ts"
import type { Tls } from "../../Tls.ts"

const texts: Kind = { list: "text" }
const textOrTexts: Kind = { either: ["text", texts] }
const layerKind = (wanted: string): Kind => ({ is: Layer.isLayer, wanted })

const tlsKinds: KindsOf<Tls> = {
  ca: textOrTexts,
  caFile: "text",
  verifyChainOnly: "flag",
  fingerprint256: textOrTexts,
  insecureSkipVerification: "flag",
  minVersion: { oneOf: ["TLSv1.2", "TLSv1.3"] },
  cert: "text",
  key: "secret"
}

export const userKinds = { username: "text", password: "secret" } satisfies Kinds

export const localUserKinds = { ...userKinds, cookie: "flag" } satisfies Kinds

export const activeDirectoryKinds = { ...userKinds, domain: "text" } satisfies Kinds

export const credentialsEffectKinds = {
  refresh: "effect",
  requiresTls: "flag",
  label: "text"
} satisfies Kinds

export const userRequired: ReadonlyArray<string> = ["username", "password"]

const proxyKinds = {
  host: "text",
  port: "number",
  credentials: { fields: userKinds, required: userRequired },
  resolve: { oneOf: ["local", "proxy"] }
} satisfies Kinds

export const proxyUrlKinds = { resolve: proxyKinds.resolve } satisfies Kinds

export const retryKinds = {
  attempts: "positive",
  delay: { is: Schedule.isSchedule, wanted: "a Schedule, e.g. RetryPolicy.fullJitter" },
  budget: "count"
} satisfies Kinds

export const poolKinds = {
  maxPerNode: "positive",
  maxTotal: "positive",
  maxWaiting: "count",
  waitTimeout: "duration",
  idleTime: "duration",
  closeGrace: "duration"
} satisfies Kinds

export const targetKinds = {
  fqdn: "text",
  port: "number",
  tls: { either: [{ oneOf: [false] }, { fields: tlsKinds }] },
  acceptUnmarkedAnswers: "flag",
  addresses: texts,
  proxy: { fields: proxyKinds, required: ["host", "port"] },
  retry: { fields: retryKinds, required: ["attempts", "delay", "budget"] },
  connections: { fields: poolKinds },
  connectTimeout: "duration",
  responseTimeout: "duration",
  bodyTimeout: "duration",
  tcpKeepAlive: "duration"
} satisfies Kinds

const permission: Kind = { oneOf: ["primary", "onFailover", "allowed"] }

export const strategyKinds = {
  read: permission,
  write: permission,
  probeInterval: "duration",
  maxProbeInterval: "duration",
  probesToReturn: "positive",
  holdTime: "duration",
  readYourWrites: "duration"
} satisfies Kinds

const checkOptions = {
  permissions: texts,
  gateways: texts,
  managementPort: "number"
} satisfies Kinds

const check: Kind = { either: ["flag", { fields: checkOptions }] }

const systemsKinds = {
  ...targetKinds,
  credentials: {
    either: [
      { oneOf: ["anonymous"] },
      layerKind("one of the layers of Credentials"),
      { fields: { username: "text", password: { either: ["text", "secret"] } }, required: userRequired }
    ]
  },
  resolver: {
    either: [
      { oneOf: ["direct", "system"] },
      layerKind("one of the layers of Resolver"),
      { fields: { nameServers: texts }, required: ["nameServers"] }
    ]
  },
  replica: { fields: targetKinds, required: ["fqdn"] },
  transport: layerKind("one of the layers of Transport")
} satisfies Kinds

export const hcpKinds = { ...systemsKinds, strategy: { fields: strategyKinds }, check } satisfies Kinds

export const hcpCheckKinds = { ...systemsKinds, ...checkOptions } satisfies Kinds

export const hcpCheckConfigKinds = { prefix: "text", ...checkOptions } satisfies Kinds

export const hcpConfigKinds = {
  credentials: layerKind("one of the layers of Credentials"),
  prefix: "text",
  strategy: hcpKinds.strategy,
  connectTimeout: "duration",
  defaultPort: "number",
  check
} satisfies Kinds

const healthKinds: KindsOf<HealthOptions> = {
  connectEjection: "duration",
  connectEjectionMax: "duration",
  consecutiveFailures: "positive",
  exchangeEjection: "duration",
  exchangeEjectionMax: "duration",
  recovery: "duration",
  probeTimeout: "duration"
}

export const addressPoolKinds = {
  fqdn: "text",
  minTtl: "duration",
  maxTtl: "duration",
  refreshInterval: "duration",
  health: { fields: healthKinds }
} satisfies Kinds

export const staticPoolKinds = {
  addresses: texts,
  fqdn: "text",
  health: addressPoolKinds.health
} satisfies Kinds

const family: Kind = { oneOf: ["IPv4", "IPv6", "both"] }

export const resolverKinds = {
  nameServers: texts,
  timeout: "duration",
  attempts: "positive",
  family,
  searchDomains: texts,
  ndots: "count",
  randomCase: "flag",
  resolvConf: "text"
} satisfies Kinds

export const systemResolverKinds = { ttl: "duration", family } satisfies Kinds

export const staticResolverKinds = { ttl: "duration" } satisfies Kinds
