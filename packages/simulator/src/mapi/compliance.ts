/**
 * Retention of a namespace: its compliance settings and its retention classes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { isBranch } from "../internal/document.ts"
import { type Namespace, own } from "../internal/registry.ts"
import * as Retention from "../Retention.ts"
import { CustomMetadataChanges, describeClass, type RetentionClassSpec } from "../SystemSpec.ts"
import { complianceReaders, complianceWriters } from "./access.ts"
import { changeNamespace, namespaceOf, required } from "./place.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { choice, flag, struct, text } from "./shape.ts"

const settingsRoot = "complianceSettings"
const offsetPattern =
  /^A?([+-]?\d{1,4}y)?([+-]?\d{1,4}M)?([+-]?\d{1,4}w)?([+-]?\d{1,4}d)?([+-]?\d{1,4}h)?([+-]?\d{1,4}m)?([+-]?\d{1,4}s)?$/

const settingsShape = struct({
  customMetadataChanges: choice(CustomMetadataChanges.literals),
  dispositionEnabled: flag,
  minimumRetentionAfterInitialUnspecified: text({ max: 64, pattern: offsetPattern }),
  retentionDefault: text({ min: 1, max: 80 }),
  shreddingDefault: flag
})

const initial = { dispositionEnabled: false, minimumRetentionAfterInitialUnspecified: "" }

/** Fails with 400 unless an object could be stored with this retention. */
const checkRetention = (
  value: string | undefined,
  classes: ReadonlyArray<RetentionClassSpec>,
  parse = Retention.parse
): Result.Result<void, Refusal> => {
  if (value === undefined) return Result.succeed(undefined)
  const parsed = parse(value, { ingested: 0, now: 0, current: undefined, classes })
  return Result.isSuccess(parsed)
    ? Result.succeed(undefined)
    : Result.fail(refusal(400, `the value '${value}' is not valid: ${parsed.failure}`))
}

const changeSettings = Effect.fnUntraced(function* (call: Call) {
  yield* namespaceOf(call)
  const given = yield* call.body(settingsRoot, settingsShape)
  const { customMetadataChanges, retentionDefault, shreddingDefault, ...others } = given
  yield* changeNamespace(call, (namespace) => {
    const { spec } = namespace
    const written = settingsShape.write(others)
    const settings = { ...own(namespace.settings, settingsRoot), ...(isBranch(written) ? written : {}) }
    return Result.map(checkRetention(retentionDefault, spec.retentionClasses, Retention.parseDefault), () => ({
      ...namespace,
      spec: {
        ...spec,
        customMetadataChanges: customMetadataChanges ?? spec.customMetadataChanges,
        defaultRetention: retentionDefault ?? spec.defaultRetention,
        defaultShred: shreddingDefault ?? spec.defaultShred
      },
      settings: { ...namespace.settings, [settingsRoot.toLowerCase()]: settings }
    }))
  })
  return done
})

const classRoot = "retentionClass"

const classShape = struct({
  allowDisposition: flag,
  description: text({ max: 1024 }),
  name: text({ min: 1, max: 64, pattern: /^[A-Za-z0-9_-]+$/ }),
  value: text({ min: 1, max: 80 })
})

const isSame = (name: string) => (other: RetentionClassSpec) => other.name.toLowerCase() === name.toLowerCase()

const classOf = (call: Call, { spec }: Namespace): Result.Result<RetentionClassSpec, Refusal> => {
  const name = call.segment("class")
  const found = spec.retentionClasses.find(isSame(name))
  return found === undefined
    ? Result.fail(refusal(404, `there is no retention class '${name}'`))
    : Result.succeed(found)
}

const withClasses = (namespace: Namespace, retentionClasses: ReadonlyArray<RetentionClassSpec>): Namespace => ({
  ...namespace,
  spec: { ...namespace.spec, retentionClasses }
})

const isOffset = (value: string): boolean => value.startsWith("A")

const createClass = Effect.fnUntraced(function* (call: Call) {
  yield* namespaceOf(call)
  const given = yield* call.body(classRoot, classShape)
  const name = yield* required(given.name, "name")
  const value = yield* required(given.value, "value")
  if (isOffset(value)) yield* required(given.allowDisposition, "allowDisposition")
  yield* Effect.fromResult(checkRetention(value, []))
  yield* changeNamespace(call, (namespace) => {
    const { retentionClasses } = namespace.spec
    if (retentionClasses.some(isSame(name))) return Result.fail(refusal(409, `there is a retention class '${name}'`))
    const made = { name, value, description: given.description ?? "", autoDelete: given.allowDisposition ?? false }
    return Result.succeed(withClasses(namespace, [...retentionClasses, made]))
  })
  return done
})

const changeClass = Effect.fnUntraced(function* (call: Call) {
  const { namespace: present } = yield* namespaceOf(call)
  yield* Effect.fromResult(classOf(call, present))
  const { allowDisposition, description, name, value } = yield* call.body(classRoot, classShape)
  if (name !== undefined && name.toLowerCase() !== call.segment("class").toLowerCase()) {
    return yield* refusal(403, "the name of a retention class cannot be changed")
  }
  yield* Effect.fromResult(checkRetention(value, []))
  yield* changeNamespace(call, (namespace) =>
    Result.flatMap(classOf(call, namespace), (former) => {
      const next: RetentionClassSpec = {
        name: former.name,
        value: value ?? former.value,
        description: description ?? former.description,
        autoDelete: allowDisposition ?? former.autoDelete
      }
      if (namespace.spec.retentionMode === "compliance" && isShorter(next.value, former.value)) {
        return Result.fail(refusal(403, "in compliance mode the duration of a retention class cannot be shortened"))
      }
      return Result.succeed(
        withClasses(
          namespace,
          namespace.spec.retentionClasses.map((other) => (other === former ? next : other))
        )
      )
    })
  )
  return done
})

/** Whether one value ends earlier than another, for an object stored at the same time. */
const isShorter = (next: string, former: string): boolean => {
  const untilOf = (value: string) => {
    const parsed = Retention.parse(value, { ingested: 0, now: 0, current: undefined, classes: [] })
    const until = Result.isSuccess(parsed) ? parsed.success.until : 0
    return until < 0 ? Number.POSITIVE_INFINITY : until
  }
  return untilOf(next) < untilOf(former)
}

const removeClass = Effect.fnUntraced(function* (call: Call) {
  yield* namespaceOf(call)
  yield* changeNamespace(call, (namespace) =>
    Result.flatMap(classOf(call, namespace), (former) =>
      namespace.spec.retentionMode === "compliance"
        ? Result.fail(refusal(403, "in compliance mode retention classes cannot be deleted"))
        : Result.succeed(
            withClasses(
              namespace,
              namespace.spec.retentionClasses.filter((other) => other !== former)
            )
          )
    )
  )
  return done
})

/** @internal */
export const compliance: ReadonlyArray<Resource> = [
  {
    path: `/tenants/{tenant}/namespaces/{namespace}/${settingsRoot}`,
    get: {
      access: complianceReaders,
      run: (call) =>
        Effect.map(namespaceOf(call), ({ namespace: { settings, spec } }) =>
          answer(settingsRoot, {
            ...initial,
            ...own(settings, settingsRoot),
            customMetadataChanges: spec.customMetadataChanges,
            retentionDefault: spec.defaultRetention,
            shreddingDefault: spec.defaultShred
          })
        )
    },
    post: { access: complianceWriters, run: changeSettings }
  },
  {
    path: "/tenants/{tenant}/namespaces/{namespace}/retentionClasses",
    get: {
      access: complianceReaders,
      run: (call) =>
        Effect.map(namespaceOf(call), ({ namespace }) =>
          answer("retentionClasses", { name: namespace.spec.retentionClasses.map(({ name }) => name) })
        )
    },
    put: { access: complianceWriters, run: createClass }
  },
  {
    path: "/tenants/{tenant}/namespaces/{namespace}/retentionClasses/{class}",
    get: {
      access: complianceReaders,
      run: Effect.fnUntraced(function* (call: Call) {
        const { namespace } = yield* namespaceOf(call)
        const retentionClass = yield* Effect.fromResult(classOf(call, namespace))
        const { autoDelete, name, value } = retentionClass
        const shown = { allowDisposition: autoDelete ?? false, description: describeClass(retentionClass), value }
        return answer(classRoot, call.verbose ? { name, ...shown } : shown)
      })
    },
    post: { access: complianceWriters, run: changeClass },
    delete: { access: complianceWriters, run: removeClass }
  }
]
