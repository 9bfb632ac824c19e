/**
 * The Effect-native SDK for the Hitachi Content Platform.
 *
 * @since 0.1.0
 */
export * as HcpError from "./HcpError.ts"
