/**
 * The server of a console: its API, its files, and the guard before both.
 *
 * @internal
 */
import * as Http from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as ControlApi from "@effect-hcp/simulator/ControlApi"
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { ConsoleError } from "../ConsoleError.ts"
import type { ConsoleOptions, RunningConsole } from "../ConsoleOptions.ts"
import { api } from "./api.ts"
import * as Content from "./content.ts"
import type { Session } from "./documents.ts"
import * as Events from "./events.ts"
import * as Gateways from "./gateways.ts"
import { guarded, makeSecrets } from "./guard.ts"
import * as ManagementHandlers from "./managementHandlers.ts"
import * as ObjectHandlers from "./objectHandlers.ts"
import * as QueryHandlers from "./queryHandlers.ts"
import * as SimulatorHandlers from "./simulatorHandlers.ts"
import { version } from "./version.ts"
import * as WebFiles from "./webFiles.ts"

const address = "127.0.0.1"

/** How long a connection of a browser may be idle, in milliseconds. */
const keepAliveTimeout = 60_000

/** What a request of the API may be as JSON. An upload is a stream, and may be of any size. */
const maxBody = ByteSize.mebibytes(1)

const sessionOf = ({ control, systems }: ConsoleOptions, csrf: Redacted.Redacted): Session => ({
  version,
  csrf: Redacted.value(csrf),
  simulator: control !== undefined,
  systems: systems.map(({ management, name, namespaces, write }) => ({
    name,
    write: write === true,
    management: management !== undefined,
    namespaces: namespaces.map(({ name, query, s3, variables }) => ({
      name,
      query: query !== undefined,
      share: s3 !== undefined,
      variables: variables ?? {}
    }))
  }))
})

/** Serves the files of `folder` and the API until the scope closes. */
export const serve = Effect.fnUntraced(function* (
  options: ConsoleOptions,
  folder: string
): Effect.fn.Return<RunningConsole, ConsoleError, Scope.Scope> {
  const secrets = yield* makeSecrets
  const gateways = yield* Gateways.make(options.systems)
  const control =
    options.control === undefined
      ? undefined
      : yield* Effect.provide(ControlApi.client(options.control), FetchHttpClient.layer)
  const session = sessionOf(options, secrets.csrf)
  const handlers = Layer.mergeAll(
    HttpApiBuilder.group(api, "session", (group) => group.handleAll({ session: () => Effect.succeed(session) })),
    ObjectHandlers.layer(gateways),
    ManagementHandlers.layer(gateways),
    QueryHandlers.layer(gateways),
    SimulatorHandlers.layer(control)
  )
  const app = yield* HttpRouter.toHttpEffect(
    Layer.mergeAll(
      Layer.provide(HttpApiBuilder.layer(api, { openapiPath: "/api/openapi.json" }), handlers),
      Content.layer(gateways),
      Events.layer(control),
      WebFiles.layer(folder)
    )
  ).pipe(Effect.provide(NodeHttpServer.layerHttpServices))
  const server = yield* NodeHttpServer.make(() => Http.createServer({ requestTimeout: 0, keepAliveTimeout }), {
    host: address,
    port: options.port ?? 0,
    gracefulShutdownTimeout: "1 second"
  }).pipe(
    Effect.mapError(
      ({ cause }) =>
        new ConsoleError({
          reason: "network",
          message: `The console cannot listen on ${address}:${options.port ?? 0}: ${String(cause)}`,
          cause
        })
    )
  )
  const port = server.address._tag === "UnixPathAddress" ? 0 : server.address.port
  yield* server.serve(Effect.provideService(guarded(secrets, port, app), HttpIncomingMessage.MaxBodySize, maxBody))
  return { address, port, url: Redacted.make(`http://${address}:${port}/?token=${Redacted.value(secrets.token)}`) }
})
