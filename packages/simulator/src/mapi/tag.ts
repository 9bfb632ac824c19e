/**
 * Tags of tenants and namespaces, by which lists can be filtered.
 *
 * @internal
 */
import { type Shape, text } from "./shape.ts"

/** 1 to 64 characters without a comma. */
export const tag: Shape<string> = text({ min: 1, max: 64, pattern: /^[^,]+$/ })
