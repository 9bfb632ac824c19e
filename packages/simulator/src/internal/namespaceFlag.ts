/**
 * A namespace as it is written on the command line: its name, then its settings after commas.
 *
 *     n1.t1,versioning,retention=A+1y,class=TAX:A+10y:auto,acl,quota=10G
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { SimulatorError } from "../SimulatorError.ts"
import { type NamespaceSpec, parseNamespace } from "../SystemSpec.ts"
import { settings, usage } from "./namespaceSettings.ts"

const refuse = (message: string) => Effect.fail(new SimulatorError({ reason: "specification", message }))

/**
 * Reads a namespace. Fails with reason `specification` and a line that names the part that cannot be.
 *
 * @internal
 */
export const parse = Effect.fnUntraced(function* (text: string): Effect.fn.Return<NamespaceSpec, SimulatorError> {
  const [name = "", ...parts] = text.split(",").map((part) => part.trim())
  let spec = yield* parseNamespace(name)
  for (const part of parts) {
    const equals = part.indexOf("=")
    const [key, value] = equals < 0 ? [part, undefined] : [part.slice(0, equals), part.slice(equals + 1)]
    const setting = Object.hasOwn(settings, key) ? settings[key] : undefined
    if (setting === undefined) {
      return yield* refuse(`namespace "${name}" has no setting "${key}"; there are ${usage}`)
    }
    const read = setting.takesValue === (value !== undefined) ? setting.read(value ?? "", spec) : undefined
    if (read === undefined) return yield* refuse(`namespace "${name}": "${part}" is not of the form ${setting.usage}`)
    spec = { ...spec, ...read }
  }
  return spec
})
