/**
 * What the metadata query engine is asked: for objects as they are now, or for operations as they happened.
 *
 * Everything is checked before anything is sent. Source: "HCP Metadata Query API Reference", chapters on object-based
 * and operation-based requests.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type { RequestOptions } from "../HcpRequest.ts"
import type { Expression } from "./Expression.ts"
import type { Position } from "./QueryResult.ts"

/**
 * How requests and answers are written.
 *
 * @category models
 * @since 0.1.0
 */
export type Format = "xml" | "json"

/**
 * What every call may set; a stream sets it for each of its pages.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions
  extends Pick<RequestOptions, "deadline" | "responseTimeout" | "bodyTimeout" | "acceptGzip"> {
  /** The most bytes of one answer that are kept in memory. Defaults to 64 MiB. */
  readonly maxBodyBytes?: number | undefined
}

/**
 * Which properties the records have: `basic` is what a {@link QueryRecord} has always, `all` everything HCP itself
 * knows, a list those of these names besides the basic ones. Defaults to `basic`.
 *
 * @category models
 * @since 0.1.0
 */
export type Properties = "basic" | "all" | ReadonlyArray<string>

/**
 * A property to sort by. A content property must have one value only.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sort {
  readonly property: string
  /** Defaults to `ascending`. */
  readonly order?: "ascending" | "descending" | undefined
}

/**
 * A property whose values are counted: `hold`, `namespace`, `retention`, `retentionClass` or a content property, whose
 * letter case counts. A content property that is a number or date takes ranges: from `start` to `end` in steps of
 * `interval`.
 *
 * @category models
 * @since 0.1.0
 */
export type FacetRequest =
  | string
  | { readonly property: string; readonly start: string; readonly end: string; readonly interval: string }

/**
 * One query of objects.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectQuery {
  readonly query: Expression
  /**
   * The most records: 1 to 10,000, 0 for figures alone, -1 for all of them in one answer, which may run into a timeout.
   * HCP defaults to 100.
   */
  readonly count?: number | undefined
  /** How many records come before the first one: 0 to 100,000. Defaults to 0. */
  readonly offset?: number | undefined
  /** Defaults to the order of relevance. */
  readonly sort?: ReadonlyArray<Sort> | undefined
  readonly properties?: Properties | undefined
  /** Asks for the content properties that can be queried. Defaults to `false`. */
  readonly contentProperties?: boolean | undefined
  readonly facets?: ReadonlyArray<FacetRequest> | undefined
}

/**
 * How a stream of objects is asked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface SearchOptions extends CallOptions {
  readonly properties?: Properties | undefined
  /** Records in one answer, 1 to 10,000. Defaults to 1,000. */
  readonly pageSize?: number | undefined
  /**
   * The order of the records. In the default one, `changeTime`, any number of them can be read. In another one HCP
   * pages over no more than 100,000 and one page; behind these the stream fails with `InvalidInput` (field `order`).
   * Defaults to `changeTime`.
   */
  readonly order?: "changeTime" | "relevance" | ReadonlyArray<Sort> | undefined
}

/**
 * An operation on objects. `create` is also the change of an object's metadata.
 *
 * @category models
 * @since 0.1.0
 */
export type Transaction = "create" | "delete" | "dispose" | "prune" | "purge"

/**
 * Which operations are asked for; what is left out does not narrow them.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperationFilter {
  /** The first moment. Defaults to 1970. */
  readonly start?: DateTime.DateTime | undefined
  /**
   * The first moment that is too late. Defaults to one minute before HCP is asked, when all nodes know what was done.
   */
  readonly end?: DateTime.DateTime | undefined
  /** Paths in the namespaces, such as `/invoices`: what lies below them at any depth. */
  readonly directories?: ReadonlyArray<string> | undefined
  /** Only objects that are indexed, or only those that are not. */
  readonly indexable?: boolean | undefined
  /** As `name.tenant`. Defaults to all the user may search. */
  readonly namespaces?: ReadonlyArray<string> | undefined
  /** Only objects that lost a collision between two systems, or only those that did not. */
  readonly replicationCollision?: boolean | undefined
  /** Defaults to create, delete and purge. */
  readonly transactions?: ReadonlyArray<Transaction> | undefined
}

/**
 * One query of operations.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperationQuery extends OperationFilter {
  /** The most records, at least 1, or -1 for all of them. HCP defaults to 10,000. */
  readonly count?: number | undefined
  readonly properties?: Properties | undefined
  /** Goes on behind this record, which the same query gave before. */
  readonly after?: Position | undefined
}

/**
 * How a stream of operations is asked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperationsOptions extends OperationFilter, CallOptions {
  readonly properties?: Properties | undefined
  /** Records in one answer, at least 1. Defaults to 1,000. */
  readonly pageSize?: number | undefined
  /** Goes on behind this record, which the same query gave before: `position` of it. */
  readonly after?: Position | undefined
}
