/**
 * A namespace whose writes are spooled.
 *
 * @internal
 */
import type { Shape } from "@effect-hcp/sdk/Namespace"
import { namespaceAnnotations } from "./namespaceAnnotations.ts"
import { namespaceReads } from "./namespaceReads.ts"
import { namespaceWrites, type WriteParts } from "./namespaceWrites.ts"

/** @internal */
export const spooledNamespace = (parts: WriteParts): Shape => {
  const { annotations: writes, ...others } = namespaceWrites(parts)
  const annotations = { ...namespaceAnnotations(parts), ...writes }
  const { attempts, info } = parts.ns
  return { attempts, ...namespaceReads(parts, annotations), ...others, annotations, info }
}
