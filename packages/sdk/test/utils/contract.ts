import { type Vitest, layer as withLayer } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import * as Hcp from "../../src/Hcp.ts"
import * as HcpClient from "../../src/HcpClient.ts"
import * as Namespace from "../../src/namespace/Namespace.ts"

const domain = "hcp1.example.com"

const namespace = (name: string) => ({ name, tenant: "t1" })

/**
 * One system for the tests of a file. Its namespaces differ in what they are named after; its users are `n`, who may do
 * everything, `reader`, `writer` and `keeper`, who may do a little, and `guest`, who may do nothing but what lists of
 * objects say.
 */
export const layer = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { ...namespace("plain"), description: "for all°and nobody" },
        { ...namespace("versions"), versioning: true },
        {
          ...namespace("classes"),
          retentionClasses: [
            { name: "SHORT", value: "A+1y", description: "one year" },
            { name: "LONG", value: "A+10y", autoDelete: true, description: "ten years" },
            { name: "NEVER", value: "-1", description: "for good" }
          ]
        },
        { ...namespace("strict"), retentionMode: "compliance", customMetadataChanges: "NONE" },
        { ...namespace("lenient"), customMetadataChanges: "ALL" },
        { ...namespace("acls"), aclsUsage: "ENFORCED", anonymous: ["search"] },
        { ...namespace("noted"), aclsUsage: "NOT_ENFORCED" },
        { ...namespace("open"), anonymous: true },
        { ...namespace("xml"), xmlChecking: true },
        { ...namespace("small"), hardQuota: 1_000_000, softQuotaPercent: 80 },
        { name: "other", tenant: "t2" }
      ],
      users: [
        "n:n01",
        { username: "reader", password: "pw", permissions: ["browse", "read"] },
        { username: "writer", password: "pw", permissions: ["browse", "read", "write"] },
        { username: "keeper", password: "pw", permissions: ["browse", "read", "write", "delete"] },
        { username: "guest", password: "pw", permissions: { "acls.t1": ["search"], "noted.t1": ["search"] } }
      ]
    }
  ]
})

export type NamespaceName =
  | "plain"
  | "versions"
  | "classes"
  | "strict"
  | "lenient"
  | "acls"
  | "noted"
  | "open"
  | "xml"
  | "small"
  | "absent"

export type UserName = "n" | "reader" | "writer" | "keeper" | "guest" | "wrong"

/** What stands in front of each namespace that a test opens: nothing, or what has to keep the contract too. */
export const Front = Context.Reference<(ns: Namespace.Shape) => Effect.Effect<Namespace.Shape, never, Scope.Scope>>(
  "@effect-hcp/sdk/test/Front",
  { defaultValue: () => Effect.succeed }
)

/** What the contract is tested of. */
export interface Subject {
  /** The systems, with {@link Front} where something stands in front of them. */
  readonly layer: Layer.Layer<Simulator.Simulator, unknown>
  /** Tests that cannot hold, with the reason. */
  readonly except?: Readonly<Record<string, string>> | undefined
}

/** The namespaces of the simulator themselves. */
export const simulated: Subject = { layer }

/** Tests that every namespace has to pass. */
export const suite = (
  { except = {}, layer }: Subject,
  name: string,
  define: (it: Pick<Vitest.MethodsNonLive<Simulator.Simulator>, "effect">) => void
): void =>
  withLayer(layer, { excludeTestServices: true })(name, ({ effect }) => {
    const orSkipped: Vitest.Test<Simulator.Simulator | Scope.Scope> = (title, test, options) => {
      const why = except[title]
      return why === undefined ? effect(title, test, options) : effect.skip(`${title} (${why})`, test, options)
    }
    define({ effect: Object.assign(orSkipped, effect) })
  })

/** A namespace over HTTPS, as one of the users or without credentials, with all there is to it. */
export const open = Effect.fnUntraced(function* (name: NamespaceName, user: UserName | "anonymous" = "n") {
  const { ca, nameServer, systems } = yield* Simulator.Simulator
  const client = Hcp.layer({
    fqdn: `${name}.t1.${domain}`,
    port: systems[0].ports.https,
    tls: { ca },
    resolver: { nameServers: [nameServer] },
    // Its name does not resolve here; a client that knows the nodes can ask nevertheless.
    addresses: name === "absent" ? systems[0].nodes : undefined,
    credentials: user === "anonymous" ? user : { username: user, password: Redacted.make(user === "n" ? "n01" : "pw") }
  })
  const context = yield* Layer.build(Namespace.layer.pipe(Layer.provideMerge(client)))
  const ns = yield* (yield* Front)(Context.get(context, Namespace.Namespace))
  return { client: Context.get(context, HcpClient.HcpClient), ns, info: ns.info }
})
