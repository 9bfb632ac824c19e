/**
 * Effect's `KeyValueStore` over a directory of a namespace, and with it what is built on that: `KeyValueStore.prefix`,
 * `SchemaStore`, `Persistence.layerKvs`, `PersistedCache`.
 *
 * Each value is one object, stored as it is: a text as UTF-8, bytes as bytes. Its name is the key, which may be any
 * text: letters, digits, `_`, `-` and points stay, everything else becomes `=` and two hexadecimal digits a byte. So
 * the key `user:7/über` is the object `user=3A7=2F=C3=BCber`, and a user of the namespace finds it there.
 *
 * **Gotchas**
 *
 * - HCP has no step that compares and sets. `modify` and `modifyUint8Array` read, compute and store. Within one store,
 *   that is one layer of one process, they wait for one another and for `set` and `remove` of the same key. What
 *   another process stores in between is lost.
 * - HCP never overwrites. `set` of a key that has a value is `ifExists: "replace"` of the namespace: with versions the
 *   value before becomes an old version; without, the key **has no value for a moment**, in which `get` of another
 *   fiber or process gives `undefined`. A replacement by another process at the same time is waited for, about three
 *   seconds.
 * - A value under retention or on hold can neither be replaced nor removed. Where the namespace gives every new object
 *   a retention, give `retention: Retention.deletionAllowed`.
 * - `get` of bytes gives the text that they are, if they are UTF-8, and their Base64 form otherwise.
 * - `keys`, `size`, `isEmpty`, `clear` and `clearPrefix` list the whole directory: HCP has no pages.
 * - A strategy that reads from a replica may read values from before.
 *
 * **Example** (a cache that outlives the process)
 *
 * ```ts
 * import { Hcp, HcpKeyValueStore, Namespace } from "@effect-hcp/sdk"
 * import { Effect, Layer, Schema } from "effect"
 * import { Persistable, PersistedCache, Persistence } from "effect/persistence"
 *
 * class Invoice extends Persistable.Class<{ payload: { id: number } }>()("Invoice", {
 *   primaryKey: ({ id }) => String(id),
 *   success: Schema.String
 * }) {}
 *
 * const Store = Persistence.layerKvs.pipe(
 *   Layer.provide(HcpKeyValueStore.layer({ directory: "/caches/invoices" })),
 *   Layer.provide(Namespace.layer),
 *   Layer.provide(Hcp.layerConfig())
 * )
 *
 * const program = Effect.gen(function* () {
 *   const cache = yield* PersistedCache.make(({ id }: Invoice) => Effect.succeed(`invoice ${id}`), {
 *     storeId: "invoices",
 *     timeToLive: () => "1 day"
 *   })
 *   return yield* cache.get(new Invoice({ id: 7 }))
 * }).pipe(Effect.scoped, Effect.provide(Store))
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as KeyValueStore from "effect/persistence/KeyValueStore"
import type * as Scope from "effect/Scope"
import type { HcpError } from "./HcpError.ts"
import type { Options } from "./namespace/KeyValueStoreOptions.ts"
import type { Namespace } from "./namespace/Namespace.ts"

export type { Options } from "./namespace/KeyValueStoreOptions.ts"

// `effect/persistence` brings schemas, SQL and files along, so only a program that builds a store waits for it.
const implementation = Effect.promise(() => import("./namespace/internal/keyValueStore.ts"))

/**
 * Makes a store. Nothing is sent before the first use.
 *
 * Fails with `InvalidInput` for a directory that cannot be one, or is `/`. The operations of the store fail with a
 * `KeyValueStoreError` whose `cause` is the `HcpError`; a text that is not well-formed Unicode, and a key whose name is
 * longer than a path of HCP may be, are refused before anything is sent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<KeyValueStore.KeyValueStore, HcpError, Namespace | Scope.Scope> =>
  Effect.flatMap(implementation, ({ make }) => make(options))

/**
 * Provides the store. Fails as {@link make}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<KeyValueStore.KeyValueStore, HcpError, Namespace> =>
  Layer.unwrap(Effect.map(implementation, ({ layer }) => layer(options)))
