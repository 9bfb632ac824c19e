/**
 * What the server answers to which question.
 *
 * @internal
 */
import type { QueryDocument, StateDocument } from "@effect-hcp/simulator/ControlApi"
import type { Fault } from "@effect-hcp/simulator/Faults"
import type * as Documents from "../internal/documents.ts"

export type { RequestDocument } from "@effect-hcp/simulator/ControlApi"
export type { Fault } from "@effect-hcp/simulator/Faults"
export type * from "../internal/documents.ts"

/** The state of a simulator, which is sent when it changes; its clock goes on and is sent by itself. */
export type LiveState = Omit<StateDocument, "at">

/** Where something is. */
export interface Place {
  readonly system: string
  readonly namespace: string
  readonly path: string
}

interface Read<Query, Answer> {
  readonly query: Query
  readonly answer: Answer
}

interface Change<Payload, Answer = undefined> {
  readonly payload: Payload
  readonly answer: Answer
}

interface Reads {
  readonly "/api/objects/list": Read<
    Place & { readonly listing: string | undefined; readonly offset: number; readonly count: number },
    Documents.Page
  >
  readonly "/api/objects/head": Read<Place, Documents.ObjectDocument>
  readonly "/api/objects/versions": Read<Place, ReadonlyArray<Documents.Version>>
  readonly "/api/objects/annotation": Read<Place & { readonly name: string }, { readonly text: string }>
  readonly "/api/objects/acl": Read<Place, Documents.Acl>
  readonly "/api/tenants": Read<{ readonly system: string }, ReadonlyArray<Documents.TenantDocument>>
  readonly "/api/namespaces": Read<
    { readonly system: string; readonly tenant: string },
    ReadonlyArray<Documents.NamespaceDocument>
  >
  readonly "/api/chargeback": Read<
    { readonly system: string; readonly tenant: string },
    ReadonlyArray<Documents.UsageDocument>
  >
  readonly "/api/simulator/state": Read<object, StateDocument>
  readonly "/api/simulator/names": Read<object, ReadonlyArray<typeof QueryDocument.Type>>
}

interface Changes {
  readonly "/api/objects/annotation": Change<Place & { readonly name: string; readonly xml: string }>
  readonly "/api/objects/modify": Change<Place & { readonly retention?: string; readonly hold?: boolean }>
  readonly "/api/objects/directory": Change<Place>
  readonly "/api/objects/restore": Change<Place & { readonly versionId: string }>
  readonly "/api/objects/delete": Change<Place>
  readonly "/api/objects/share": Change<
    Place & { readonly seconds: number },
    { readonly url: string; readonly expiresAt: string }
  >
  readonly "/api/query": Change<
    {
      readonly system: string
      readonly namespace: string
      readonly conditions: ReadonlyArray<Documents.Condition>
      readonly offset: number
    },
    Documents.Hits
  >
  readonly "/api/simulator/faults": Change<Fault>
  readonly "/api/simulator/faults/end": Change<ReadonlyArray<Fault>>
  readonly "/api/simulator/failover": Change<{ readonly domain: string }>
  readonly "/api/simulator/failback": Change<{ readonly domain: string }>
  readonly "/api/simulator/link": Change<{ readonly lag?: number; readonly suspended?: boolean }>
}

/** The questions and changes that there are. */
export interface ConsoleApi {
  readonly reads: Reads
  readonly changes: Changes
}
