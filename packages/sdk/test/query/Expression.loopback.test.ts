import { assert, it } from "@effect/vitest"
import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect, Random, Result, Stream } from "effect"
import * as HcpBody from "../../src/HcpBody.ts"
import * as Expression from "../../src/query/Expression.ts"
import { domain, namespace, queryAt } from "./contract.ts"

interface Stored {
  readonly name: string
  readonly size: number
  readonly hold: boolean
}

/** An expression, and what it means without its text. */
interface Meant {
  readonly expression: Expression.Expression
  readonly matches: (object: Stored) => boolean
}

const names = [
  "plain",
  "a b",
  " edge ",
  "+plus",
  "-minus",
  "(round)",
  "[square]",
  "{curly}",
  'quo"te',
  "co:lon",
  "back\\slash",
  "st*r",
  "qu?ry",
  "OR",
  "NOT",
  "Ünïcode 😀",
  "a&&b||!c^2~",
  "1.5e+3",
  "*:*",
  "[a TO b]"
]

const objects = names.map((name, index): Stored => ({ name, size: index % 7, hold: index % 3 === 0 }))

const pick = <A>(items: ReadonlyArray<A>) =>
  Effect.flatMap(Random.nextIntBetween(0, items.length - 1), (index) => {
    const item = items[index]
    return item === undefined ? Effect.die("nothing to pick from") : Effect.succeed(item)
  })

const size = Random.nextIntBetween(0, 7)

const leaves: ReadonlyArray<Effect.Effect<Meant>> = [
  Effect.succeed({ expression: Expression.anything, matches: () => true }),
  Effect.map(pick(names), (name) => ({
    expression: Expression.equals("utf8Name", name),
    matches: (object) => object.name === name
  })),
  Effect.map(pick([true, false]), (hold) => ({
    expression: Expression.equals("hold", hold),
    matches: (object) => object.hold === hold
  })),
  Effect.map(Effect.all([pick(names), pick(names)]), (values) => ({
    expression: Expression.oneOf("utf8Name", values),
    matches: (object) => values.includes(object.name)
  })),
  Effect.map(pick(names.filter((name) => !/\s/.test(name) && !/^[?*]/.test(name))), (name) => {
    const [first = ""] = name
    const literal = first.replace(/[\\?*]/g, "\\$&")
    return {
      expression: Expression.wildcard("utf8Name", `${literal}*`),
      matches: (object: Stored) => object.name.startsWith(first)
    }
  }),
  Effect.map(
    Effect.all([size, size, pick(["from", "after"]), pick(["to", "before"])]),
    ([low, high, lower, upper]) => ({
      expression: Expression.range("size", { [lower]: low, [upper]: high }),
      matches: (object) =>
        (lower === "from" ? object.size >= low : object.size > low) &&
        (upper === "to" ? object.size <= high : object.size < high)
    })
  ),
  Effect.map(size, (low) => ({
    expression: Expression.range("size", { from: low }),
    matches: (object) => object.size >= low
  }))
]

const every = (parts: ReadonlyArray<Meant>) => (object: Stored) => parts.every(({ matches }) => matches(object))
const some = (parts: ReadonlyArray<Meant>) => (object: Stored) => parts.some(({ matches }) => matches(object))
const expressions = (parts: ReadonlyArray<Meant>) => parts.map(({ expression }) => expression)

const generate = (depth: number): Effect.Effect<Meant> =>
  Effect.gen(function* () {
    if (depth === 0 || (yield* Random.nextIntBetween(0, 3)) === 0) return yield* yield* pick(leaves)
    const parts = (count: number) => Effect.replicateEffect(generate(depth - 1), count)
    const [count, otherCount] = yield* Effect.all([Random.nextIntBetween(1, 3), Random.nextIntBetween(0, 2)])
    const chosen = yield* parts(count)
    const others = yield* parts(otherCount)
    switch (yield* pick(["all", "any", "not", "combined", "raw"] as const)) {
      case "all":
        return { expression: Expression.all(...expressions(chosen)), matches: every(chosen) }
      case "any":
        return { expression: Expression.any(...expressions(chosen)), matches: some(chosen) }
      case "not": {
        const [{ expression, matches }] = yield* Effect.all([generate(depth - 1)])
        return { expression: Expression.not(expression), matches: (object) => !matches(object) }
      }
      case "combined":
        return {
          expression: Expression.combined({
            must: expressions(chosen),
            mustNot: expressions(others),
            should: expressions(others)
          }),
          matches: (object) => every(chosen)(object) && !some(others)(object)
        }
      case "raw": {
        const { expression, matches } = yield* generate(depth - 1)
        return { expression: Expression.raw(Result.getOrThrow(Expression.print(expression))), matches }
      }
    }
  })

it.live("whatever is built finds what it means", () =>
  Effect.gen(function* () {
    const ns = yield* namespace("n1.t1")
    for (const { hold, name, size } of objects) yield* ns.put(`/${name}`, HcpBody.text("x".repeat(size)), { hold })
    const [json, xml] = yield* Effect.all([queryAt("t1", "json"), queryAt("t1", "xml")])
    for (let round = 0; round < 300; round++) {
      const { expression, matches } = yield* generate(4)
      const found = yield* Stream.runCollect((round % 2 === 0 ? json : xml).search(expression, { order: "relevance" }))
      assert.deepStrictEqual(
        found.map(({ path }) => path?.slice(1)).sort(),
        objects
          .filter(matches)
          .map(({ name }) => name)
          .sort(),
        JSON.stringify(Expression.print(expression))
      )
    }
  }).pipe(
    Effect.provide(Simulator.layer({ systems: [{ domain, nodes: 2, namespaces: ["n1.t1"] }] })),
    Random.withSeed("expressions")
  )
)
