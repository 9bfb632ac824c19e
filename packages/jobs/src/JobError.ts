/**
 * Why a job is not accepted, and why jobs cannot be used.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { State } from "./JobProgress.ts"

/**
 * A job that cannot be: nothing was touched. `problems` says what is wrong, and where.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobInvalid extends Data.TaggedError("JobInvalid")<{
  readonly problems: ReadonlyArray<string>
}> {
  override get message(): string {
    return `this is no job that can be run: ${this.problems.join("; ")}`
  }
}

/**
 * There is no job with this number.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobNotFound extends Data.TaggedError("JobNotFound")<{
  readonly id: number
}> {
  override get message(): string {
    return `there is no job ${this.id}; see \`list\` for those that are there`
  }
}

/**
 * A job is in a state in which this cannot be done.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobWrongState extends Data.TaggedError("JobWrongState")<{
  readonly id: number
  readonly operation: "pause" | "resume" | "cancel" | "retryFailures"
  readonly state: State
}> {
  override get message(): string {
    return `${this.operation}: job ${this.id} is ${this.state}; ${advice[this.operation]}`
  }
}

const advice: Readonly<Record<JobWrongState["operation"], string>> = {
  pause: "only a job that is waiting or running can be paused",
  resume: "only a job that is paused or stopped can be resumed",
  cancel: "only a job that is not over can be cancelled",
  retryFailures: "only a job that is finished or stopped, and has failures, can try them again"
}

/**
 * Another process runs the jobs of this directory. Only one may.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobsInUse extends Data.TaggedError("JobsInUse")<{
  readonly directory: string
  /** The process that has it, where that is known. */
  readonly owner: { readonly pid: number; readonly host: string } | undefined
}> {
  override get message(): string {
    const { directory, owner } = this
    const who = owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`
    return `the jobs in ${JSON.stringify(directory)} are run by ${who}; end it first, or open them with runs: false`
  }
}

/**
 * The directory of jobs, or their database, cannot be used. `Unreachable` passes when the server is back.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobsUnusable extends Data.TaggedError("JobsUnusable")<{
  /** The directory, or the database as `host:port/name`. */
  readonly place: string
  readonly reason: "Directory" | "NewerVersion" | "NoSpace" | "Broken" | "Unreachable" | "Failed"
  readonly detail: string
}> {
  override get message(): string {
    return `the jobs in ${JSON.stringify(this.place)} cannot be used: ${this.detail}`
  }
}
