/**
 * Every resource below `/services/replication`.
 *
 * @internal
 */
import { replicationCertificates } from "./replicationCertificates.ts"
import { replicationContent } from "./replicationContent.ts"
import { replicationLinks } from "./replicationLinks.ts"
import { replicationSchedule } from "./replicationSchedule.ts"
import { replicationService } from "./replicationService.ts"
import type { Resource } from "./router.ts"

/** @internal */
export const replication: ReadonlyArray<Resource> = [
  replicationService,
  ...replicationCertificates,
  ...replicationLinks,
  ...replicationContent,
  replicationSchedule
]
