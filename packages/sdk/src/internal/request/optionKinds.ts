/**
 * The names and kinds of what a call may set. That they are all the options of a verb, `HcpClient` says.
 *
 * @internal
 */
import type { Expectation, HcpRequest, MinRate, RequestOptions } from "../../HcpRequest.ts"
import type { Kinds, KindsOf } from "../../OptionCheck.ts"

const minRate: KindsOf<MinRate> = { bytesPerSecond: "number", window: "duration" }

const expectation: KindsOf<Expectation> = {
  gateway: { oneOf: ["hcp", "s3", "swift", "query"] },
  statuses: { list: "count" }
}

/** Of what reads a document of HCP, and not an object. */
export const documentKinds: KindsOf<Omit<RequestOptions, "query" | "verify" | "idempotent">> = {
  headers: "pairs",
  deadline: "duration",
  responseTimeout: "duration",
  bodyTimeout: "duration",
  minRate: { fields: minRate, required: ["bytesPerSecond"] },
  acceptGzip: "flag",
  secrets: { list: "secret" }
}

export const callKinds: KindsOf<RequestOptions> = {
  ...documentKinds,
  query: "pairs",
  verify: { oneOf: [true, false, "etag"] },
  idempotent: "flag"
}

// A body is no option: `HcpBody.fromInput` says what is wrong with it.
export const requestKinds: KindsOf<HcpRequest> = {
  ...callKinds,
  method: { oneOf: ["GET", "HEAD", "PUT", "POST", "DELETE", "COPY"] },
  path: "text",
  body: "any",
  subdomain: "text",
  encodeAll: "flag",
  expects: { fields: expectation },
  credentials: { list: "any" }
}

const bufferKinds = { maxBodyBytes: "count" } satisfies Kinds

const checkKinds = { check: "function" } satisfies Kinds

export const watchedKinds = { ...bufferKinds, ...checkKinds } satisfies Kinds

export const replyKinds = { ...callKinds, ...bufferKinds } satisfies Kinds

const lookupKinds = { notFoundGrace: "duration" } satisfies Kinds

export const resumeKinds = {
  resume: { either: ["flag", { fields: { attempts: "count" }, required: ["attempts"] }] }
} satisfies Kinds

export const executeKinds = { ...resumeKinds, ...checkKinds } satisfies Kinds

export const downloadKinds = { ...callKinds, ...resumeKinds } satisfies Kinds

export const headKinds = { ...replyKinds, ...lookupKinds } satisfies Kinds

export const getKinds = { ...headKinds, ...resumeKinds, ...checkKinds, onReceived: "function" } satisfies Kinds
