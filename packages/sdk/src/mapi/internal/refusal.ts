/**
 * What a status means in the management API, where it means something else than for objects.
 *
 * @internal
 */
import type { HcpError, Reason } from "../../HcpError.ts"
import type { HcpRequest } from "../../HcpRequest.ts"
import { type HcpReply, responseError } from "../../HcpResponse.ts"
import { amended } from "../../internal/request/amended.ts"
import { fromStatus } from "../../internal/request/statusReason.ts"
import { AlreadyExists } from "../../ManagementReason.ts"
import { isOpen } from "../../Reconcile.ts"
import { Forbidden, NotFound } from "../../StatusReason.ts"

/** The same error with the words of the management API. */
export const managementError = (error: HcpError): HcpError => {
  const { reason } = error
  return reason._tag === "Forbidden" || reason._tag === "NotFound" ? withReason(error, inItsWords(reason)) : error
}

const inItsWords = (reason: Forbidden | NotFound): Reason => {
  const { detail, hint, status } = reason
  return reason._tag === "Forbidden"
    ? new Forbidden({ status, detail, hint, about: "management" })
    : new NotFound({ status, detail, hint, about: "management" })
}

/** The error of a PUT that was answered with 409. */
export const alreadyExists = (request: HcpRequest, reply: HcpReply): HcpError => {
  const detail = fromStatus(reply.status, reply.headers)?.detail
  return responseError(
    { operation: request.method, path: request.path },
    reply,
    new AlreadyExists({
      detail,
      perhapsByThisCall: isOpen("create", reply)
    })
  )
}

/** The same error with another reason. */
export const withReason = (error: HcpError, reason: Reason): HcpError => amended(error, { reason })
