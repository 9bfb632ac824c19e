import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Result, type Scope, Stream } from "effect"
import * as AddressPool from "../src/AddressPool.ts"
import * as ConnectionPool from "../src/ConnectionPool.ts"
import * as Credentials from "../src/Credentials.ts"
import * as Hcp from "../src/Hcp.ts"
import * as HcpBody from "../src/HcpBody.ts"
import * as HcpClient from "../src/HcpClient.ts"
import type { HcpError } from "../src/HcpError.ts"
import * as HttpProxy from "../src/HttpProxy.ts"
import * as Quota from "../src/mapi/Quota.ts"
import * as Namespace from "../src/namespace/Namespace.ts"
import * as Progress from "../src/namespace/Progress.ts"
import * as Retention from "../src/namespace/Retention.ts"
import * as Transfer from "../src/namespace/Transfer.ts"
import * as PathBuilder from "../src/PathBuilder.ts"
import * as Expression from "../src/query/Expression.ts"
import * as MetadataQuery from "../src/query/MetadataQuery.ts"
import * as ReplicaStrategy from "../src/ReplicaStrategy.ts"
import * as Resolver from "../src/Resolver.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Target from "../src/Target.ts"
import * as Transport from "../src/Transport.ts"
import { answer, makeReplica, makeTarget, ScriptedNodes } from "./utils/ScriptedNodes.ts"

/** As a program in JavaScript gives it: the compiler looks away. */
const js = (value: unknown) => value as never

const setUp = Effect.gen(function* () {
  const nodes = new ScriptedNodes([], answer(200, { "X-HCP-Type": "object" }))
  const target = yield* makeTarget(nodes)
  const client = HcpClient.make(yield* ReplicaStrategy.make(target, undefined))
  return { nodes, target, client, ns: Namespace.make(client) }
})

/** The reason of a call that must fail with `InvalidInput`, and be neither a defect nor a throw. */
const refusal = Effect.fnUntraced(function* (call: () => Effect.Effect<unknown, { readonly message: string }, never>) {
  const exit = yield* Effect.exit(Effect.suspend(call))
  assert(Exit.isFailure(exit), "it was taken")
  const [reason] = exit.cause.reasons
  assert(reason?._tag === "Fail", String(exit.cause))
  const error = js(reason.error) as HcpError
  assert.strictEqual(error.reason._tag, "InvalidInput", error.message)
  return error
})

type Call = (parts: Effect.Success<typeof setUp>, options: never) => Effect.Effect<unknown, HcpError, Scope.Scope>

const drained = <E, R>(stream: Stream.Stream<unknown, E, R>) => Stream.runDrain(stream)

describe("an option that there is not", () => {
  const operations: Readonly<Record<string, Call>> = {
    "HcpClient.get": ({ client }, options) => client.get("/rest/a", options),
    "HcpClient.put": ({ client }, options) => client.put("/rest/a", "x", options),
    "HcpClient.head": ({ client }, options) => client.head("/rest/a", options),
    "HcpClient.post": ({ client }, options) => client.post("/rest/a", "x", options),
    "HcpClient.delete": ({ client }, options) => client.delete("/rest/a", options),
    "HcpClient.stream": ({ client }, options) => drained(client.stream("/rest/a", options)),
    "HcpClient.call": ({ client }, options) => client.call({ method: "GET", path: "/rest/a" }, options),
    "HcpClient.call, the request": ({ client }, options) =>
      client.call({ method: "GET", path: "/rest/a", ...(js(options) as object) }),
    "HcpClient.execute": ({ client }, options) => client.execute({ method: "GET", path: "/rest/a" }, options),
    "Namespace.put": ({ ns }, options) => ns.put("/a", "x", options),
    "Namespace.putWithAnnotation": ({ ns }, options) => ns.putWithAnnotation("/a", "x", "<a/>", options),
    "Namespace.get": ({ ns }, options) => ns.get("/a", options),
    "Namespace.open": ({ ns }, options) => ns.open("/a", options),
    "Namespace.download": ({ ns }, options) =>
      Effect.catchTag(ns.download("/a", "/nowhere/a", options), "LocalError", Effect.die),
    "Namespace.stream": ({ ns }, options) => drained(ns.stream("/a", options)),
    "Namespace.getWithAnnotation": ({ ns }, options) => ns.getWithAnnotation("/a", options),
    "Namespace.head": ({ ns }, options) => ns.head("/a", options),
    "Namespace.exists": ({ ns }, options) => ns.exists("/a", options),
    "Namespace.delete": ({ ns }, options) => ns.delete("/a", options),
    "Namespace.deleteTree": ({ ns }, options) => drained(ns.deleteTree("/a", options)),
    "Namespace.modify, the changes": ({ ns }, options) => ns.modify("/a", options),
    "Namespace.modify": ({ ns }, options) => ns.modify("/a", { hold: true }, options),
    "Namespace.copy": ({ ns }, options) => ns.copy("/a", "/b", options),
    "Namespace.copy, the source": ({ ns }, options) => ns.copy({ path: "/a", ...(js(options) as object) }, "/b"),
    "Namespace.makeDirectory": ({ ns }, options) => ns.makeDirectory("/a", options),
    "Namespace.list": ({ ns }, options) => drained(ns.list("/a", options)),
    "Namespace.walk": ({ ns }, options) => drained(ns.walk("/a", options)),
    "Namespace.versions": ({ ns }, options) => drained(ns.versions("/a", options)),
    "annotations.put": ({ ns }, options) => ns.annotations.put("/a", "n", "x", options),
    "annotations.putXml": ({ ns }, options) => ns.annotations.putXml("/a", "n", "<a/>", options),
    "annotations.get": ({ ns }, options) => ns.annotations.get("/a", "n", options),
    "annotations.getText": ({ ns }, options) => ns.annotations.getText("/a", "n", options),
    "annotations.stream": ({ ns }, options) => drained(ns.annotations.stream("/a", "n", options)),
    "annotations.head": ({ ns }, options) => ns.annotations.head("/a", "n", options),
    "annotations.exists": ({ ns }, options) => ns.annotations.exists("/a", "n", options),
    "annotations.delete": ({ ns }, options) => ns.annotations.delete("/a", "n", options),
    "annotations.find": ({ ns }, options) => ns.annotations.find("/a", "n", options),
    "annotations.findText": ({ ns }, options) => ns.annotations.findText("/a", "n", options),
    "annotations.list": ({ ns }, options) => drained(ns.annotations.list("/a", options)),
    "acl.get": ({ ns }, options) => ns.acl.get("/a", options),
    "acl.find": ({ ns }, options) => ns.acl.find("/a", options),
    "acl.put": ({ ns }, options) => ns.acl.put("/a", { grants: [] }, options),
    "acl.delete": ({ ns }, options) => ns.acl.delete("/a", options),
    "acl.exists": ({ ns }, options) => ns.acl.exists("/a", options),
    "info.statistics": ({ ns }, options) => ns.info.statistics(options),
    "info.namespaces": ({ ns }, options) => ns.info.namespaces(options),
    "MetadataQuery.search": ({ client, target }, options) =>
      Effect.flatMap(MetadataQuery.make(client, target), (query) =>
        drained(query.search(Expression.anything, options))
      ),
    "MetadataQuery.searchPage": ({ client, target }, options) =>
      Effect.flatMap(MetadataQuery.make(client, target), (query) =>
        query.searchPage({ query: Expression.anything, ...(js(options) as object) })
      ),
    "MetadataQuery.count": ({ client, target }, options) =>
      Effect.flatMap(MetadataQuery.make(client, target), (query) => query.count(Expression.anything, options)),
    "MetadataQuery.operations": ({ client, target }, options) =>
      Effect.flatMap(MetadataQuery.make(client, target), (query) => drained(query.operations(options))),
    "Transfer.upload": ({ ns }, options) =>
      Effect.provideService(drained(Transfer.upload("/nowhere", "/a", options)), Namespace.Namespace, ns).pipe(
        Effect.mapError((error) => js(error) as HcpError)
      ),
    "Transfer.download": ({ ns }, options) =>
      Effect.provideService(drained(Transfer.download("/a", "/nowhere", options)), Namespace.Namespace, ns).pipe(
        Effect.mapError((error) => js(error) as HcpError)
      )
  }
  for (const [name, call] of Object.entries(operations)) {
    it.effect(`is refused by ${name} before anything is sent`, () =>
      Effect.gen(function* () {
        const parts = yield* setUp
        const error = yield* refusal(() => Effect.scoped(call(parts, js({ unheardOf: 1 }))))
        assert.include(error.message, "unheardOf: there is no such option")
        assert.strictEqual(error.reached, "nothing")
        if (!/request|changes|source|searchPage/.test(name)) {
          yield* refusal(() => Effect.scoped(call(parts, js("x"))))
        }
        assert.deepStrictEqual(parts.nodes.connects, [])
      })
    )
  }

  type Make = (options: never) => Effect.Effect<unknown, HcpError, Scope.Scope>

  const system = { fqdn: "n1.t1.hcp.test", credentials: "anonymous" } as const
  const needs = Layer.mergeAll(Transport.layer, Credentials.layerAnonymous, Resolver.layer())
  const built = <A>(layer: Layer.Layer<A, HcpError>) => Layer.build(layer)
  const user = { username: "n", password: Redacted.make("x") }
  const constructors: Readonly<Record<string, Make>> = {
    "Hcp.layer": (options) => built(Hcp.layer({ ...system, ...(js(options) as object) })),
    "Hcp.layerConfig": (options) =>
      Effect.mapError(Layer.build(Hcp.layerConfig(options)), (error) => js(error) as HcpError),
    "Credentials.layerConfig": (options) =>
      Effect.mapError(Layer.build(Credentials.layerConfig(options)), (error) => js(error) as HcpError),
    "Resolver.layerConfig": (options) =>
      Effect.mapError(Layer.build(Resolver.layerConfig(options)), (error) => js(error) as HcpError),
    "Target.make": (options) => Effect.provide(Target.make({ fqdn: system.fqdn, ...(js(options) as object) }), needs),
    "ConnectionPool.make": (options) => Effect.provide(ConnectionPool.make(options), Transport.layer),
    "AddressPool.make": (options) =>
      Effect.provide(AddressPool.make({ fqdn: system.fqdn, ...(js(options) as object) }), Resolver.layer()),
    "AddressPool.makeStatic": (options) => AddressPool.makeStatic(["192.0.2.1"], options),
    "Resolver.layer": (options) => built(Resolver.layer(options)),
    "Resolver.layerSystem": (options) => built(Resolver.layerSystem(options)),
    "Resolver.layerStatic": (options) => built(Resolver.layerStatic({}, options)),
    "ReplicaStrategy.make": (options) =>
      Effect.gen(function* () {
        const nodes = new ScriptedNodes([], answer(200))
        return yield* ReplicaStrategy.make(yield* makeTarget(nodes), yield* makeReplica(nodes), options)
      }),
    "HttpProxy.fromUrl": (options) => HttpProxy.fromUrl("http://proxy.test:3128", options),
    "Credentials.layerLocal": (options) => built(Credentials.layerLocal({ ...user, ...(js(options) as object) })),
    "Credentials.layerActiveDirectory": (options) =>
      built(Credentials.layerActiveDirectory({ ...user, domain: "ad.test", ...(js(options) as object) })),
    "Credentials.layerSwift": (options) => built(Credentials.layerSwift({ ...user, ...(js(options) as object) })),
    "Credentials.layerEffect": (options) => built(Credentials.layerEffect(Effect.succeed([]), options)),
    "PathBuilder.make": (options) => PathBuilder.make(options),
    "MetadataQuery.make": (options) =>
      Effect.flatMap(setUp, ({ client, target }) => MetadataQuery.make(client, target, options))
  }
  for (const [name, make] of Object.entries(constructors)) {
    it.effect(`is refused by ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* refusal(() => Effect.scoped(make(js({ unheardOf: 1 }))))
        assert.match(error.message, /unheardOf: there is no such option/)
      })
    )
  }

  const nested: ReadonlyArray<readonly [options: object, message: string]> = [
    [{ tls: { cafile: "ca.pem" } }, 'tls.cafile: there is no such option; did you mean "caFile"?'],
    [{ caFile: "ca.pem" }, 'caFile: there is no such option; did you mean "tls.caFile"?'],
    [{ connections: { maxPernode: 1 } }, 'connections.maxPernode: there is no such option; did you mean "maxPerNode"?'],
    [{ connections: { maxTotal: 0 } }, "connections.maxTotal: is 0; give a whole number, 1 or more"],
    [{ retry: { attempts: 3 } }, "retry.delay: is missing; give a Schedule, e.g. RetryPolicy.fullJitter"],
    [{ retry: { ...RetryPolicy.defaults, attempts: 0 } }, "retry.attempts: is 0; give a whole number, 1 or more"],
    [{ proxy: { host: "a", prot: 1 } }, 'proxy.prot: there is no such option; did you mean "port"?'],
    [{ replica: { fqdm: "n1.t1.hcp2.test" } }, 'replica.fqdm: there is no such option; did you mean "fqdn"?'],
    [{ replica: {} }, "replica.fqdn: is missing; give a text"],
    [{ strategy: { read: "allways" } }, 'strategy.read: is "allways"; give "primary", "onFailover" or "allowed"'],
    [{ resolver: "dirct" }, 'resolver: is "dirct"; give "direct" or "system", one of the layers of Resolver'],
    [
      { credentials: { username: "n", pasword: "hunter2" } },
      'credentials.pasword: there is no such option; did you mean "password"?'
    ],
    [{ credentials: { username: "n" } }, "credentials.password: is missing"],
    [{ credentials: undefined }, "credentials: is missing"],
    [{ responseTimeout: "30 sec" }, 'responseTimeout: is "30 sec"; give a time'],
    [{ port: "443" }, 'port: is "443"; give a number'],
    [{ addresses: "192.0.2.1" }, 'addresses: is "192.0.2.1"; give a list, each of it a text'],
    [{ fqdn: undefined }, "fqdn: is missing; give a text"]
  ]
  for (const [options, message] of nested) {
    it.effect(`of Hcp.layer, inside of others: ${message.slice(0, 50)}`, () =>
      Effect.gen(function* () {
        const error = yield* refusal(() => Effect.scoped(constructors["Hcp.layer"]?.(js(options)) ?? Effect.void))
        assert.include(error.message, message)
        assert.notInclude(error.message, "hunter2")
      })
    )
  }

  it("is a RangeError that names the constructor where what is made is only a value", () => {
    const values: Readonly<Record<string, (given: never) => unknown>> = {
      "Retention.until": Retention.until,
      "Retention.offset": Retention.offset,
      "Retention.fromNow": Retention.fromNow,
      "Retention.extendBy": Retention.extendBy,
      "Retention.years": Retention.years,
      "Retention.seconds": Retention.seconds,
      "Retention.ofClass": Retention.ofClass,
      "Quota.mb": Quota.mb,
      "Quota.gb": Quota.gb,
      "Quota.tb": Quota.tb
    }
    for (const [name, make] of Object.entries(values)) {
      for (const given of [undefined, null, -1, Number.NaN, "", "some text", [], {}, true]) {
        assert.throws(() => make(js(given)), RangeError, `${name}: `)
      }
    }
    for (const given of [undefined, null, 5, Number.NaN, [], {}, true, "some text"]) {
      assert.isTrue(Result.isFailure(Retention.parse(js(given))), String(given))
      assert.isTrue(Result.isFailure(Quota.parse(js(given))), String(given))
    }
  })

  it("is a RangeError with the same text where a constructor has no error channel", () => {
    assert.throws(
      () => RetryPolicy.make(js({ attemps: 1 })),
      RangeError,
      'attemps: there is no such option; did you mean "attempts"?'
    )
  })
})

describe("a body", () => {
  const taken: ReadonlyArray<readonly [name: string, body: HcpBody.Input, bytes: string]> = [
    ["a text", "hällo", "hällo"],
    ["an empty text", "", ""],
    ["a Uint8Array", new TextEncoder().encode("bytes"), "bytes"],
    ["a Buffer", Buffer.from("buffer"), "buffer"],
    ["a part of a buffer", Buffer.from("a buffer").subarray(2), "buffer"],
    ["a description", HcpBody.text("described"), "described"]
  ]
  const ways: Readonly<
    Record<string, (parts: Effect.Success<typeof setUp>, body: never) => Effect.Effect<unknown, HcpError>>
  > = {
    "HcpClient.put": ({ client }, body) => client.put("/rest/a", body),
    "HcpClient.post": ({ client }, body) => client.post("/rest/a", body),
    "HcpClient.call": ({ client }, body) => client.call({ method: "PUT", path: "/rest/a", body }),
    "Namespace.put": ({ ns }, body) => ns.put("/a", body),
    "Namespace.putWithAnnotation": ({ ns }, body) => ns.putWithAnnotation("/a", body, HcpBody.text("|")),
    "annotations.put": ({ ns }, body) => ns.annotations.put("/a", "n", body)
  }
  for (const [name, way] of Object.entries(ways)) {
    it.effect(`of ${name} is a text, bytes, a Buffer, or a description`, () =>
      Effect.gen(function* () {
        for (const [kind, body, bytes] of taken) {
          const parts = yield* setUp
          let sent = ""
          parts.nodes.steps = [
            (request) =>
              Effect.gen(function* () {
                const { body } = request
                sent =
                  body === undefined
                    ? ""
                    : body instanceof Uint8Array
                      ? Buffer.from(body).toString()
                      : yield* Stream.mkString(Stream.decodeText(body)).pipe(Effect.orDie)
                return answer(name.endsWith("post") ? 200 : 201)
              })
          ]
          yield* way(parts, js(body))
          assert.strictEqual(sent, name === "Namespace.putWithAnnotation" ? `${bytes}|` : bytes, kind)
        }
      })
    )

    it.effect(`of ${name} that is anything else is refused before anything is sent`, () =>
      Effect.gen(function* () {
        const wrong: ReadonlyArray<readonly [body: unknown, message: RegExp]> = [
          [null, /is null; give a text/],
          [5, /is 5; give a text/],
          [{ a: 1 }, /is an object; give a text, e\.g\. JSON\.stringify/],
          [Promise.resolve("x"), /is a promise; wait for the promise first/],
          [Stream.empty, /HcpBody\.stream\(\(\) => stream\)/],
          [new ArrayBuffer(2), /new Uint8Array\(buffer\)/],
          [new Uint16Array(2), /new Uint8Array\(view\.buffer/],
          [{ _tag: "Text" }, /its text is undefined; give a text/],
          [{ _tag: "Bytes", bytes: "x" }, /its bytes is "x"; give a Uint8Array/],
          [{ _tag: "File" }, /its path is undefined/],
          [{ _tag: "Streamed", make: Stream.empty }, /its make is .*; give a function/],
          [{ _tag: "StreamedOnce", stream: "x" }, /its stream is "x"/],
          ...(name.endsWith("post") || name.endsWith("call") ? [] : [[undefined, /is undefined; give a text/] as const])
        ]
        for (const [body, message] of wrong) {
          const parts = yield* setUp
          const error = yield* refusal(() => way(parts, js(body)))
          assert.match(error.message, message)
          assert.deepStrictEqual(parts.nodes.calls, [])
        }
      })
    )
  }

  it.effect("whose source gives no stream, or no bytes, is refused, and nothing is stored", () =>
    Effect.gen(function* () {
      for (const [make, message] of [
        [() => undefined, /its source gave undefined where a Stream/],
        [() => "x", /its source gave "x" where a Stream/],
        [() => Stream.make("hello"), /its source gave "hello" where bytes are due/],
        [() => Stream.make([1, 2]), /its source gave a list where bytes are due/]
      ] as const) {
        const parts = yield* setUp
        const error = yield* refusal(() => parts.client.put("/rest/a", HcpBody.stream(js(make))))
        assert.match(error.message, message)
        const ofLength = yield* setUp
        yield* refusal(() => ofLength.client.put("/rest/a", HcpBody.stream(js(make), { length: 5 })))
      }
    })
  )

  it.effect("is no path", () =>
    Effect.gen(function* () {
      for (const path of [undefined, null, 5, {}, ["/a"]]) {
        const { client, nodes, ns } = yield* setUp
        assert.match((yield* refusal(() => client.get(js(path)))).message, /path: is /)
        assert.match((yield* refusal(() => ns.get(js(path)))).message, /path: is /)
        assert.match((yield* refusal(() => Stream.runDrain(ns.list(js(path))))).message, /path: is /)
        assert.deepStrictEqual(nodes.calls, [])
      }
    })
  )
})

describe("a function of the user's that gives no effect", () => {
  // A fiber that is handed anything else ends without its finalizers: what is open stays open, and the process runs on.
  const nothing = js(() => undefined)
  const stored = { "X-HCP-Type": "object", "X-HCP-Size": "5" }

  const target = (
    layer: Layer.Layer<Transport.Transport>,
    parts: Partial<Record<"credentials" | "resolver", never>> = {}
  ) =>
    Target.make({ fqdn: "n1.t1.hcp.test", tls: false, retry: RetryPolicy.never }).pipe(
      Effect.provideService(Credentials.Credentials, {
        headers: Effect.succeed([]),
        refresh: Effect.succeed(false),
        requiresTls: false,
        label: "test",
        ...(js(parts.credentials ?? {}) as object)
      }),
      Effect.provideServiceEffect(
        Resolver.Resolver,
        parts.resolver === undefined
          ? Resolver.makeStatic({ "n1.t1.hcp.test": ["192.0.2.1"] })
          : Effect.succeed(parts.resolver)
      ),
      Effect.provide(layer),
      Effect.flatMap((made) => ReplicaStrategy.make(made, undefined)),
      Effect.map((strategy) => HcpClient.make(strategy).get("/rest/a")),
      Effect.flatten
    )
  const fine = Transport.layerHandler(() => Effect.succeed({ status: 200 }))
  const refusing = Transport.layerHandler(() => Effect.succeed({ status: 403 }))

  const ways: Readonly<Record<string, Effect.Effect<unknown, HcpError, Scope.Scope>>> = {
    "onProgress of put": Effect.flatMap(setUp, ({ nodes, ns }) => {
      nodes.otherwise = answer(201)
      return ns.put("/a", "hello", { onProgress: nothing })
    }),
    "onProgress of get": Effect.flatMap(setUp, ({ nodes, ns }) => {
      nodes.otherwise = answer(200, stored, "hello")
      return ns.get("/a", { onProgress: nothing })
    }),
    "onProgress of stream": Effect.flatMap(setUp, ({ nodes, ns }) => {
      nodes.otherwise = answer(200, stored, "hello")
      return Stream.runDrain(ns.stream("/a", { onProgress: nothing }))
    }),
    "onProgress of track": Stream.runDrain(Progress.track(nothing)(Stream.make(new Uint8Array(3)))),
    "encode of a codec": Effect.flatMap(setUp, ({ ns }) =>
      ns.annotations.putAs("/a", "n", js({ encode: nothing, decode: nothing }), 1)
    ),
    "decode of a codec": Effect.flatMap(setUp, ({ nodes, ns }) => {
      nodes.otherwise = answer(200, {}, "hello")
      return ns.annotations.getAs("/a", "n", js({ encode: nothing, decode: nothing }))
    }),
    "a handler of layerHandler": target(Transport.layerHandler(nothing)),
    "connect of layerHandler": target(Transport.layerHandler(() => Effect.succeed({}), { connect: nothing })),
    "connect of a transport": target(Layer.succeed(Transport.Transport, js({ connect: nothing }))),
    "headers of credentials": target(fine, { credentials: js({ headers: undefined }) }),
    "sign of credentials": target(fine, { credentials: js({ sign: nothing }) }),
    "refresh of credentials": target(refusing, { credentials: js({ refresh: "yes" }) }),
    "resolve of a resolver": target(fine, { resolver: js({ resolve: nothing }) })
  }
  for (const [name, way] of Object.entries(ways)) {
    it.effect(`fails the call, and all that is open is closed: ${name}`, () =>
      Effect.gen(function* () {
        const closed: Array<string> = []
        const error = yield* refusal(() =>
          Effect.scoped(
            Effect.andThen(
              Effect.addFinalizer(() => Effect.sync(() => closed.push("closed"))),
              way
            )
          )
        )
        assert.match(error.message, /gave .* where an Effect is due; give one/)
        assert.deepStrictEqual(closed, ["closed"])
      })
    )
  }
})
