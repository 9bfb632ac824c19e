/**
 * A client whose requests say what their answers must show.
 *
 * @internal
 */
import type * as HcpClient from "../../HcpClient.ts"
import type { Expectation, HcpRequest } from "../../HcpRequest.ts"

/** The same client for one gateway; what a request expects itself stays. */
export const expecting = (
  client: HcpClient.Shape,
  expectationOf: (request: HcpRequest) => Expectation
): HcpClient.Shape => {
  const stated = (request: HcpRequest): HcpRequest =>
    request.expects === undefined ? { ...request, expects: expectationOf(request) } : request
  return {
    ...client,
    execute: (request, options) => client.execute(stated(request), options),
    call: (request, options) => client.call(stated(request), options)
  }
}
