/**
 * A durable spool for writes to the Hitachi Content Platform.
 *
 * @since 0.1.0
 */
export * as Spool from "./Spool.ts"
export * as SpoolConfig from "./SpoolConfig.ts"
export * as SpoolEntry from "./SpoolEntry.ts"
export * as SpoolError from "./SpoolError.ts"
export * as SpoolOptions from "./SpoolOptions.ts"
export * as SpoolReads from "./SpoolReads.ts"
