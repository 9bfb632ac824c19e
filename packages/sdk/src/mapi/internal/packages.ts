/**
 * The calls of packages, which are the same for logs and health check reports: prepare, status, download, cancel.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { HcpBody } from "../../HcpBody.ts"
import type { HcpError } from "../../HcpError.ts"
import { type Format, mediaType } from "../../internal/xml/plainAnswer.ts"
import { PackageBusy } from "../../ManagementReason.ts"
import type { InvalidInput } from "../../WireReason.ts"
import type { Field } from "../Field.ts"
import { CurrentSettings, Mapi } from "../Mapi.ts"
import type { Download, PackageStatus } from "../Package.ts"
import { act, read } from "./call.ts"
import { encode } from "./encode.ts"
import { bool, struct, text } from "./fields.ts"
import { suggestedName } from "./fileName.ts"
import { checked, open } from "./open.ts"
import { withReason } from "./refusal.ts"
import type { Readable } from "./resource.ts"

/** Where packages of one kind are. */
export interface Place {
  readonly content: PackageBusy["content"]
  readonly path: "/logs" | "/healthCheckReport"
  /** The name of a file of which HCP tells none. */
  readonly fileName: string
}

/** A body that was checked. */
export interface Order<I> {
  readonly root: string
  readonly write: Field<I>
  readonly input: Result.Result<I, InvalidInput>
}

const fields = struct({
  readyForStreaming: bool,
  streamingInProgress: bool,
  started: bool,
  error: bool,
  content: text()
})

/** Where the package is now. */
export const status = (place: Place): Effect.Effect<PackageStatus, HcpError, Mapi> =>
  Effect.map(read(statusOf(place), {}), (said) => ({
    _tag: tagOf(said),
    content: (said.content ?? "")
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "")
  }))

const statusOf = ({ path }: Place): Readable<"/logs" | "/healthCheckReport", typeof fields.Type> => ({
  path,
  format: "xml",
  read: fields
})

// `started` stays true to the end, and an error may come with any of the others.
const tagOf = (said: typeof fields.Type): PackageStatus["_tag"] =>
  said.error === true
    ? "Failed"
    : said.readyForStreaming === true
      ? "Ready"
      : said.streamingInProgress === true
        ? "Streaming"
        : said.started === true
          ? "Preparing"
          : "Idle"

/** Asks for a package. Fails with `PackageBusy` where there is one already. */
export const prepare = <I>(place: Place, order: Order<I>): Effect.Effect<void, HcpError, Mapi> =>
  Effect.gen(function* () {
    const path = `${place.path}/prepare` as const
    const { body, format } = yield* bodyOf(path, order)
    yield* act({ path, format }, {}, { query: {}, body: { raw: body, type: mediaType[format] } }).pipe(
      Effect.mapError((error) => {
        const { reason } = error
        return reason._tag === "BadRequest" && isBusy(reason.detail)
          ? withReason(error, new PackageBusy({ content: place.content, detail: reason.detail }))
          : error
      })
    )
  })

// HCP has no status of its own for it: "A log download ... in progress", or nothing at all. What was sent has been
// checked before.
const isBusy = (detail: string | undefined): boolean =>
  detail === undefined || /download|prepar|progress|stream/i.test(detail)

/** Begins a download. */
export const download = <I>(place: Place, order: Order<I>): Effect.Effect<Download, HcpError, Mapi | Scope.Scope> =>
  Effect.gen(function* () {
    const path = `${place.path}/download` as const
    const { body, format } = yield* bodyOf(path, order)
    const { response } = yield* open({
      method: "POST",
      path,
      given: {},
      accept: "*/*",
      body: { bytes: body, type: mediaType[format] },
      // The answer begins when HCP has opened the archives of all nodes.
      responseTimeout: "5 minutes"
    })
    return {
      fileName: suggestedName(response.headers.get("content-disposition"), place.fileName),
      contentType: response.headers.get("content-type"),
      stream: response.stream
    }
  })

/** Clears whatever there is; HCP answers 200 also where there is nothing. */
export const cancel = ({ path }: Place): Effect.Effect<void, HcpError, Mapi> =>
  Effect.asVoid(act({ path, format: "xml" }, {}, { query: { cancel: "" }, body: "none", idempotent: true }))

const bodyOf = <I>(
  path: string,
  { input, root, write }: Order<I>
): Effect.Effect<{ readonly body: HcpBody; readonly format: Format }, HcpError, Mapi> =>
  Effect.gen(function* () {
    const mapi = yield* Mapi
    const settings = yield* CurrentSettings
    const format = settings.format ?? mapi.format ?? "xml"
    const value = yield* checked("POST", path, input)
    const body = yield* checked("POST", path, encode(write, value, { root, format }))
    return { body, format }
  })
