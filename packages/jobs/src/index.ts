/**
 * Jobs over millions of objects of the Hitachi Content Platform.
 *
 * @since 0.1.0
 */

export * as Job from "./Job.ts"
export * as JobError from "./JobError.ts"
export * as JobProgress from "./JobProgress.ts"
export * as JobReport from "./JobReport.ts"
export * as Jobs from "./Jobs.ts"
export * as JobsOptions from "./JobsOptions.ts"
