/**
 * What any call to the S3 gateway may set.
 *
 * @since 0.1.0
 */
import type { RequestOptions } from "@effect-hcp/sdk/HcpRequest"

/**
 * What any call to the gateway may set.
 *
 * @category models
 * @since 0.1.0
 */
export type CallOptions = Pick<RequestOptions, "headers" | "deadline" | "responseTimeout" | "bodyTimeout" | "minRate">
