/**
 * What the native gateway answers when it has done what was asked.
 *
 * @internal
 */
import type * as HcpClient from "../../HcpClient.ts"
import type { Expectation, HcpRequest, Method } from "../../HcpRequest.ts"
import { given } from "../../internal/body/integrity.ts"
import { expecting } from "../../internal/request/expecting.ts"

// "Using a Namespace", chapters on objects, directories, annotations and ACLs. 204 is a version that marks a deletion,
// and what is not there of an object.
const byMethod: Readonly<Record<Exclude<Method, "COPY">, Expectation>> = {
  GET: { gateway: "hcp", statuses: [200, 204, 206] },
  HEAD: { gateway: "hcp", statuses: [200, 204] },
  PUT: { gateway: "hcp", statuses: [201] },
  POST: { gateway: "hcp", statuses: [200] },
  DELETE: { gateway: "hcp", statuses: [200] }
}

const copy: Expectation = { gateway: "hcp", statuses: [200, 201] }

const isCopy = ({ headers }: HcpRequest): boolean => given(headers, "x-hcp-copysource") !== undefined

const expectationOf = (request: HcpRequest): Expectation =>
  request.method === "COPY" || (request.method === "PUT" && isCopy(request)) ? copy : byMethod[request.method]

/** A client of the native gateway. */
export const restClient = (client: HcpClient.Shape): HcpClient.Shape => expecting(client, expectationOf)
