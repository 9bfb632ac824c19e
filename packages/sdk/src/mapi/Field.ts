/**
 * The types of the schemas of management resources: what a field is, and what a resource that has such fields holds.
 *
 * Decoding is lenient and never fails: whatever cannot be read is left out, and unknown fields are ignored. Encoding is
 * strict: a value HCP would refuse fails with a message that says what it takes.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"

/**
 * A field: total when decoded, checked when encoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface Field<A> extends Schema.Codec<A, unknown> {
  /**
   * What belongs into a file that people write: strict, and with a JSON Schema. Absent for what no file holds, such as
   * instants that HCP sets.
   */
  readonly inFile?: (() => Schema.Codec<unknown, unknown>) | undefined
}

/**
 * Fields by name.
 *
 * @category models
 * @since 0.1.0
 */
export type Fields = Readonly<Record<string, Field<unknown>>>

/**
 * What a resource with these fields holds. Every one may be absent: an older HCP does not know it, or does not tell it
 * to everybody.
 *
 * @category models
 * @since 0.1.0
 */
export type Values<F extends Fields> = { readonly [K in keyof F]?: F[K]["Type"] | undefined }

/**
 * One of the listed values, or one that only a newer HCP knows.
 *
 * @category models
 * @since 0.1.0
 */
export type Open<A extends string> = A | (string & {})

/**
 * The same values, some of them required.
 *
 * @category models
 * @since 0.1.0
 */
export type With<A, Names extends keyof A> = A & { readonly [Name in Names]-?: Exclude<A[Name], undefined> }
