/**
 * What HCP said where no answer of it stands behind a reason, or one that cannot be shown: every reason that has no
 * scene.
 */
import type { HcpError } from "../../../sdk/src/index.ts"
import type { scenes } from "./scenes.ts"

const nothing = "Nothing: no request reached it."
const unknown = "Nothing that arrived. Whether it had the request, `reached` of the error says."

export const silent: Readonly<Record<Exclude<HcpError.Reason["_tag"], keyof typeof scenes>, string>> = {
  InvalidInput: nothing,
  CredentialsFailed: nothing,
  NameNotFound: "Nothing: the name servers answered NXDOMAIN, or gave no address.",
  NameServerFailed: "Nothing: no name server gave an answer that can be used.",
  CannotConnect: "Nothing: there was no connection. `code` is what the operating system said.",
  CannotOpenSocket: "Nothing: this computer could not open a socket. `code` is what the operating system said.",
  ProxyFailed: "Nothing: the way ended at the proxy. `status` is that of the proxy, where it answered.",
  CertificateError: "Nothing: it showed a certificate that was not accepted, so no request was sent.",
  Timeout: "Nothing in time. With `queue` and `connect` nothing was sent; with the others it may have acted.",
  ConnectionLost: unknown,
  ProtocolError: "Something that is not the HTTP that was asked for; `detail` says what is wrong with it.",
  InvalidXml: "A body that is not the XML that was asked for; `excerpt` is its beginning.",
  IncompleteBody: "A success whose body broke off, or went on too long.",
  LengthMismatch: "Nothing: the connection was given up before the body was complete, and nothing was stored.",
  BodySourceFailed: "Nothing: the connection was given up before the body was complete, and nothing was stored.",
  NotReplayable: "What `failure` says: it is the failure of the attempt that would have been repeated.",
  IntegrityError: "A success, with a hash that is not that of the bytes; both are in the message.",
  BodyTooLarge: "A success that is longer than what may be held in memory.",
  PoolExhausted: nothing,
  Closed: nothing,
  SystemsUnavailable: "What `primary` and `replica` say: each is the failure of one system.",
  NotFromHcp: "Nothing: the answer has no header by which HCP marks its own. A device on the way has answered.",
  UnexpectedAnswer: "A success that does not prove what was asked for; `detail` says what is missing.",
  IncompleteResults: '`<status code="INCOMPLETE">` with a page of results, and that again when it was asked once more.',
  PackageBusy: "400 to the request for a package: there is one already.",
  PackageFailed: "200 with a status of the package that says `error`, or that there is none.",
  StateNotReached: "200 each time; `last` is the state that it told last.",
  CheckFailed: "What each of the `failures` says in `finding`.",
  SpoolFailed: nothing,
  WritesPending: "Nothing to this call. Why the write before it is not at HCP, `why` says."
}
