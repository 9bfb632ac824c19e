/**
 * Whether a success comes from HCP, or from a device between: a login page of a proxy, the page of a load balancer in maintenance. Both
 * are sent with status 200, and would else be an object that was read, stored or deleted.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as HcpClient from "../../HcpClient.ts"
import type { HcpError } from "../../HcpError.ts"
import type { ResponseHeaders } from "../../HcpHeaders.ts"
import type { HcpRequest, Method } from "../../HcpRequest.ts"
import { isSuccess, responseError, type Served } from "../../HcpResponse.ts"
import { UnexpectedAnswer } from "../../ObjectReason.ts"

// Which of these HCP sends differs from release to release and from gateway to gateway; none at all it never sends.
const isOfHcp = (name: string): boolean =>
  name.startsWith("x-hcp-") || name.startsWith("x-arc") || name === "x-requestid"

const isWebPage = (headers: ResponseHeaders): boolean => {
  const type = headers.get("content-type")
  if (type === undefined || !/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return false
  for (const [name] of headers) if (isOfHcp(name)) return false
  return true
}

interface Answer extends Pick<Served, "target" | "failedAttempts"> {
  readonly status: number
  readonly headers: ResponseHeaders
}

const checked =
  (operation: Method, path: string) =>
  <A extends Answer>(answer: A): Effect.Effect<A, HcpError> =>
    isSuccess(answer) && isWebPage(answer.headers)
      ? Effect.fail(
          responseError(
            { operation, path },
            answer,
            new UnexpectedAnswer({ detail: "it is a web page of something between here and HCP" })
          )
        )
      : Effect.succeed(answer)

const asked = ({ method, path }: HcpRequest) => checked(method, path)

/** The same client, but a success that is no answer of HCP fails with `UnexpectedAnswer`. */
export const ofHcpOnly = (client: HcpClient.Shape): HcpClient.Shape => ({
  ...client,
  execute: (request, options) => Effect.flatMap(client.execute(request, options), asked(request)),
  call: (request, options) => Effect.flatMap(client.call(request, options), asked(request)),
  put: (path, body, options) => Effect.flatMap(client.put(path, body, options), checked("PUT", path)),
  get: (path, options) => Effect.flatMap(client.get(path, options), checked("GET", path)),
  head: (path, options) => Effect.flatMap(client.head(path, options), checked("HEAD", path)),
  post: (path, body, options) => Effect.flatMap(client.post(path, body, options), checked("POST", path)),
  delete: (path, options) => Effect.flatMap(client.delete(path, options), checked("DELETE", path))
})
