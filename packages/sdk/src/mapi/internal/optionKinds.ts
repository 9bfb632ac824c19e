/**
 * The names and kinds of what the management API may be told. That they are all there are, `Mapi` says.
 *
 * @internal
 */
import { requestKinds as clientKinds, documentKinds } from "../../internal/request/optionKinds.ts"
import type { Kind, Kinds } from "../../OptionCheck.ts"

const format: Kind = { oneOf: ["xml", "json"] }

export const layerKinds = {
  port: "number",
  domain: "text",
  level: { oneOf: ["system"] },
  tenant: "text",
  format
} satisfies Kinds

const { bodyTimeout, deadline, responseTimeout } = documentKinds

const { body, credentials, headers, idempotent, method, path, query, secrets } = clientKinds

export const requestKinds = {
  deadline,
  responseTimeout,
  bodyTimeout,
  format,
  method,
  path,
  query,
  headers,
  body,
  secrets,
  credentials,
  wasDone: "any",
  idempotent,
  maxBodyBytes: "count"
} satisfies Kinds
