/**
 * The Model Context Protocol on standard input and output.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import * as McpProtocol from "effect/ai/McpProtocol"
import * as McpServer from "effect/ai/McpServer"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import { version } from "../version.ts"
import * as Handlers from "./handlers.ts"
import { ReadKit, WriteKit } from "./tools.ts"

const instructions = (write: boolean): string =>
  [
    "Objects of a namespace of a Hitachi Content Platform (HCP), an archive where objects are stored once, " +
      "and kept as long as their retention says.",
    "Paths begin with / and are written as people read them.",
    write
      ? "New objects can be stored and retentions set; nothing can be replaced or deleted."
      : "Nothing can be changed."
  ].join(" ")

/** Serves until the client closes standard input. */
export const serve = Effect.fnUntraced(
  function* (ns: Shape, options: { readonly write: boolean; readonly profile: string | undefined }) {
    const readers = McpServer.toolkit(ReadKit).pipe(Layer.provide(Handlers.reading(ns, options)))
    const writers = McpServer.toolkit(WriteKit).pipe(Layer.provide(Handlers.writing(ns)))
    const server = McpServer.layerStdio({
      name: "hcp",
      version,
      instructions: instructions(options.write),
      protocols: [McpProtocol.v2025_11_25, McpProtocol.v2025_06_18, McpProtocol.v2025_03_26, McpProtocol.v2024_11_05],
      registrations: options.write ? Layer.merge(readers, writers) : readers
    })
    // The server interrupts whoever started it when its input has ended, and that is no failure.
    const fiber = yield* Effect.forkChild(Layer.launch(server))
    const exit = yield* Fiber.await(fiber)
    if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) yield* exit
  },
  Effect.provideService(References.LogToStderr, true)
)
