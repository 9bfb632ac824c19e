/**
 * Two namespaces of a simulated system that keep versions, and whether everything was copied from one to the other.
 */
import { Namespace } from "@effect-hcp/sdk"
import { Simulator } from "@effect-hcp/simulator"
import { ConfigProvider, Context, Effect, Layer, Stream } from "effect"

const domain = "hcp1.example.com"

/** Where the objects are, in both namespaces. */
export const root = "/killed"

export const System = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { tenant: "t1", name: "n1", versioning: true },
        { tenant: "t1", name: "n2", versioning: true }
      ]
    }
  ]
})

/** What a process has in its environment to find them, as `OLD_HCP_*` and `NEW_HCP_*`. */
export const environment = Effect.map(Simulator.Simulator, ({ nameServer, systems }) => {
  const of = (prefix: string, name: string) => ({
    [`${prefix}_FQDN`]: `${name}.t1.${domain}`,
    [`${prefix}_USERNAME`]: "n",
    [`${prefix}_PASSWORD`]: "n01",
    [`${prefix}_PORT`]: String(systems[0].ports.http),
    [`${prefix}_TLS`]: "false",
    [`${prefix}_NAME_SERVERS`]: nameServer
  })
  return { ...of("OLD_HCP", "n1"), ...of("NEW_HCP", "n2") }
})

/** Both namespaces, with so many objects in the first one. */
export const makeNamespaces = Effect.fnUntraced(function* (objects: number) {
  const env = yield* environment
  const open = (prefix: string) =>
    Effect.map(
      Layer.build(
        Layer.provide(Namespace.layerConfig({ prefix }), ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      ),
      (built) => Context.get(built, Namespace.Namespace)
    )
  const [from, to] = [yield* open("OLD_HCP"), yield* open("NEW_HCP")]
  const paths = Array.from({ length: objects }, (_, index) => `${root}/${index % 7}/${index}`)
  yield* Effect.forEach(paths, (at, index) => from.put(at, `object ${index}`), { concurrency: 24, discard: true })

  /** What must not be, in words: something is missing, is there twice, or has other bytes. */
  const breaches = Effect.gen(function* () {
    const found: Array<string> = []
    yield* Effect.forEach(
      paths,
      Effect.fnUntraced(function* (at) {
        const there = yield* Effect.option(to.head(at))
        if (there._tag === "None") return void found.push(`${at} is missing`)
        const versions = yield* Stream.runCollect(to.versions(at))
        if (versions.length !== 1) found.push(`${at} has ${versions.length} versions`)
        if ((yield* from.head(at)).hash?.hex !== there.value.hash?.hex) found.push(`${at} has other bytes`)
      }),
      { concurrency: 24, discard: true }
    )
    const count = yield* Stream.runCount(Stream.filter(to.walk("/"), ({ _tag }) => _tag === "Object"))
    if (count !== objects) found.push(`${count} objects were copied, and ${objects} there are`)
    return found
  })
  return { env, from, to, breaches }
})
