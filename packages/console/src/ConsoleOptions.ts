/**
 * What a console shows, and where it listens.
 *
 * @since 0.1.0
 */
import type { S3 } from "@effect-hcp/s3/S3"
import type { HcpError } from "@effect-hcp/sdk/HcpError"
import type { MetadataQuery } from "@effect-hcp/sdk/MetadataQuery"
import type { Mapi } from "@effect-hcp/sdk/mapi/Mapi"
import type { Namespace } from "@effect-hcp/sdk/Namespace"
import type * as Config from "effect/Config"
import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"

/**
 * A service of the SDK, as a layer that needs nothing more. It is built when a page asks for it first.
 *
 * @category models
 * @since 0.1.0
 */
export type Gateway<A> = Layer.Layer<A, HcpError | Config.ConfigError>

/**
 * A namespace and how it is reached.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConsoleNamespace {
  /** As `name.tenant`. */
  readonly name: string
  readonly objects: Gateway<Namespace>
  /** The metadata query of its tenant. Without it there is no page for queries. */
  readonly query?: Gateway<MetadataQuery> | undefined
  /** The S3 gateway of its tenant, which makes links. Without it nothing can be shared. */
  readonly s3?: Gateway<S3> | undefined
  /**
   * The variables that lead a program there, for the page that says what a client would do. Never a secret: say what
   * belongs there instead.
   */
  readonly variables?: Readonly<Record<string, string>> | undefined
}

/**
 * A system.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConsoleSystem {
  /** Its domain, or what people call it. */
  readonly name: string
  readonly namespaces: ReadonlyArray<ConsoleNamespace>
  /** Without it there is no page for tenants. */
  readonly management?: Gateway<Mapi> | undefined
  /** Whether the console may change anything there. Defaults to `false`. */
  readonly write?: boolean | undefined
}

/**
 * The options of a console.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConsoleOptions {
  /** On 127.0.0.1. Defaults to 0: a free one. */
  readonly port?: number | undefined
  readonly systems: ReadonlyArray<ConsoleSystem>
  /** The control port of a simulator, for what only a simulator can tell and do. */
  readonly control?:
    | {
        /** Such as `http://127.0.0.1:7070`. */
        readonly url: string
        readonly token: Redacted.Redacted
      }
    | undefined
}

/**
 * A console that serves.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunningConsole {
  readonly address: string
  readonly port: number
  /**
   * The address to open, with the token that lets in whoever has it, any number of times, until the scope of the
   * console closes. Each console has another one.
   */
  readonly url: Redacted.Redacted
}
