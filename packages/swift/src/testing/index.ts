/**
 * What tests of programs need that use the Swift gateway. Nothing else of this package imports it.
 *
 * @since 0.1.0
 */
export * as Swift from "./Swift.ts"
