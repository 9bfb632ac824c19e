/**
 * The members of a service that a test does not give: using one is a defect that says which one, and how to give it.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** How a member is given, as it is written in a test: `get`, `annotations.get`. */
const givenAs = (layer: string, member: string): string => {
  const names = member.split(".")
  return `${layer}(${names.reduceRight((inner, name) => `{ ${name}: ${inner} }`, "...")})`
}

/** The defect of using a member that was not given. */
const defect = (layer: string, member: string): Error => {
  const error = new Error(`${member} was used, and the test does not give it; give it: ${givenAs(layer, member)}`)
  error.name = `${layer.split(".")[0]}.NotGiven`
  return error
}

/** What stands in for members of a service, by what they give. */
export interface NotGiven {
  readonly effect: (member: string) => () => Effect.Effect<never>
  readonly stream: (member: string) => () => Stream.Stream<never>
}

/** `layer` is the function of the test, e.g. `Namespace.layerTest`. */
export const notGiven = (layer: string): NotGiven => ({
  effect: (member) => () => Effect.suspend(() => Effect.die(defect(layer, member))),
  stream: (member) => () => Stream.suspend(() => Stream.die(defect(layer, member)))
})
