/**
 * Which web sites may read and write from a browser: the rules of a namespace, or of all namespaces of a tenant without
 * their own.
 *
 * Source: "HCP Management API Reference", CORS resources; the rules are those of S3's `CORSConfiguration`.
 *
 * @since 0.1.0
 */
import type { Open } from "./Field.ts"

/**
 * A method a rule may allow.
 *
 * @category models
 * @since 0.1.0
 */
export type Method = Open<"GET" | "PUT" | "POST" | "DELETE" | "HEAD">

/**
 * One rule: who may do what. The first rule that fits decides.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  /** A name for people. */
  readonly id?: string | undefined
  /** At least one, e.g. `https://www.example.com`; `*` stands for anything. */
  readonly allowedOrigins: ReadonlyArray<string>
  /** At least one. */
  readonly allowedMethods: ReadonlyArray<Method>
  /** Headers a browser may send; `*` stands for anything. */
  readonly allowedHeaders?: ReadonlyArray<string> | undefined
  /** Headers a script may see. */
  readonly exposeHeaders?: ReadonlyArray<string> | undefined
  /** For how long a browser may remember the answer. */
  readonly maxAgeSeconds?: number | undefined
}
