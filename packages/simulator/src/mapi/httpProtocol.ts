/**
 * How a namespace is served over HTTP and HTTPS.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Branch, isBranch } from "../internal/document.ts"
import { type Namespace, own } from "../internal/registry.ts"
import { readers, writers } from "./access.ts"
import { everybody, ipSettings } from "./ipSettings.ts"
import { changeNamespace, isDefault, namespaceOf } from "./place.ts"
import { answer, type Call, done, type Resource } from "./router.ts"
import { flag, type Shape, struct, type TypeOf, text } from "./shape.ts"

const shape = struct({
  hs3Enabled: flag,
  hs3RequiresAuthentication: flag,
  hswiftEnabled: flag,
  hswiftRequiresAuthentication: flag,
  httpActiveDirectorySSOEnabled: flag,
  httpEnabled: flag,
  httpsEnabled: flag,
  ipSettings,
  restEnabled: flag,
  restRequiresAuthentication: flag,
  webdavBasicAuthEnabled: flag,
  webdavBasicAuthPassword: text({ max: 64 }),
  webdavBasicAuthUsername: text({ max: 64 }),
  webdavCustomMetadata: flag,
  webdavEnabled: flag
})

const shapeOfDefault = struct({ httpEnabled: flag, httpsEnabled: flag, ipSettings })

/** What no object notices. */
const initial: Branch = {
  httpActiveDirectorySSOEnabled: true,
  ipSettings: everybody,
  webdavBasicAuthEnabled: false,
  webdavCustomMetadata: false,
  webdavEnabled: false
}

const keptBy = "protocols/http"

const documentOf = (namespace: Namespace): Branch => {
  const { http, https, rest, restRequiresAuthentication, s3, s3RequiresAuthentication, swift } = namespace.spec
  return {
    ...initial,
    ...own(namespace.settings, keptBy),
    hs3Enabled: s3,
    hs3RequiresAuthentication: s3RequiresAuthentication,
    hswiftEnabled: swift,
    hswiftRequiresAuthentication: namespace.spec.swiftRequiresAuthentication,
    httpEnabled: http,
    httpsEnabled: https,
    restEnabled: rest,
    restRequiresAuthentication
  }
}

const conflictIn = (namespace: Namespace): string | undefined => {
  const settings = documentOf(namespace)
  if (settings.hs3Enabled === true && namespace.spec.aclsUsage === "NOT_ENABLED") {
    return "hs3Enabled needs access control lists"
  }
  return settings.webdavEnabled === true && namespace.spec.versioning
    ? "webdavEnabled and versioning exclude each other"
    : undefined
}

const apply = (namespace: Namespace, given: TypeOf<typeof shape>): Result.Result<Namespace, Refusal> => {
  const { hs3Enabled, hs3RequiresAuthentication, httpEnabled, httpsEnabled, ...rest } = given
  const { hswiftEnabled, hswiftRequiresAuthentication, ...plain } = rest
  const { restEnabled, restRequiresAuthentication, webdavBasicAuthPassword, ...others } = plain
  const written = shape.write(others)
  const { spec } = namespace
  const next: Namespace = {
    ...namespace,
    spec: {
      ...spec,
      http: httpEnabled ?? spec.http,
      https: httpsEnabled ?? spec.https,
      rest: restEnabled ?? spec.rest,
      restRequiresAuthentication: restRequiresAuthentication ?? spec.restRequiresAuthentication,
      s3: hs3Enabled ?? spec.s3,
      s3RequiresAuthentication: hs3RequiresAuthentication ?? spec.s3RequiresAuthentication,
      swift: hswiftEnabled ?? spec.swift,
      swiftRequiresAuthentication: hswiftRequiresAuthentication ?? spec.swiftRequiresAuthentication
    },
    settings: {
      ...namespace.settings,
      [keptBy]: { ...own(namespace.settings, keptBy), ...(isBranch(written) ? written : {}) }
    }
  }
  const conflict = conflictIn(next)
  return conflict === undefined ? Result.succeed(next) : Result.fail(refusal(400, conflict))
}

const readOf = (
  wanted: (isDefaultTenant: boolean) => string | undefined,
  document: (namespace: Namespace) => Branch,
  root: string
) =>
  Effect.fnUntraced(function* (call: Call) {
    const { namespace, tenant } = yield* namespaceOf(call)
    const reason = wanted(isDefault(tenant))
    if (reason !== undefined) return yield* refusal(403, reason)
    return answer(root, document(namespace))
  })

const changeOf = (
  wanted: (isDefaultTenant: boolean) => string | undefined,
  body: Shape<TypeOf<typeof shape>>,
  root: string
) =>
  Effect.fnUntraced(function* (call: Call) {
    const { tenant } = yield* namespaceOf(call)
    const reason = wanted(isDefault(tenant))
    if (reason !== undefined) return yield* refusal(403, reason)
    const given = yield* call.body(root, body)
    yield* changeNamespace(call, (namespace) => apply(namespace, given))
    return done
  })

const notOfDefault = (isDefaultTenant: boolean) =>
  isDefaultTenant ? "the protocols of the default namespace are one resource" : undefined
const onlyOfDefault = (isDefaultTenant: boolean) =>
  isDefaultTenant ? undefined : "only the default namespace has its protocols in one resource"

const shownOfDefault = (namespace: Namespace): Branch => {
  const { httpEnabled, httpsEnabled, ipSettings: addresses } = documentOf(namespace)
  return { httpEnabled, httpsEnabled, ipSettings: addresses }
}

/** @internal */
export const httpProtocol: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/namespaces/{namespace}/protocols/http",
    get: { access: readers, run: readOf(notOfDefault, documentOf, "httpProtocol") },
    post: { access: writers, run: changeOf(notOfDefault, shape, "httpProtocol") }
  },
  {
    path: "/tenants/{tenant}/namespaces/{namespace}/protocols",
    get: { access: readers, run: readOf(onlyOfDefault, shownOfDefault, "protocols") },
    post: { access: writers, run: changeOf(onlyOfDefault, shapeOfDefault, "protocols") }
  }
]
