/**
 * What tests of programs need that use the S3 gateway. Nothing else of this package imports it.
 *
 * @since 0.1.0
 */
export * as S3 from "./S3.ts"
