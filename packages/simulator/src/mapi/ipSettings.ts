/**
 * `ipSettings`: which addresses may come and which may not.
 *
 * @internal
 */
import * as Net from "node:net"
import * as Result from "effect/Result"
import { refusal } from "../gateway/exchange.ts"
import type { Branch } from "../internal/document.ts"
import { flag, list, type Shape, struct, text } from "./shape.ts"

const isAddress = (entry: string): boolean => {
  const [address = "", mask, ...rest] = entry.trim().split("/")
  const bits = Net.isIPv4(address) ? 32 : Net.isIPv6(address) ? 128 : undefined
  if (bits === undefined || rest.length > 0) return false
  return mask === undefined || Net.isIP(mask) !== 0 || (/^\d{1,3}$/.test(mask) && Number(mask) <= bits)
}

const line = text({ min: 1, max: 4096 })

/** An address, one with a mask or prefix length, or several with commas between. */
const ipAddress: Shape<string> = {
  read: (document, at) =>
    Result.flatMap(line.read(document, at), (value) => {
      const wrong = value.split(",").find((entry) => !isAddress(entry))
      return wrong === undefined
        ? Result.succeed(value)
        : Result.fail(refusal(400, `the value of ${at} is not valid: '${wrong.trim()}' is no IP address`))
    }),
  write: (value) => value
}

const addresses = list("ipAddress", ipAddress)

/** @internal */
export const ipSettings = struct({ allowAddresses: addresses, allowIfInBothLists: flag, denyAddresses: addresses })

/** Everybody may come. */
export const everybody: Branch = {
  allowAddresses: { ipAddress: ["0.0.0.0/0"] },
  allowIfInBothLists: false,
  denyAddresses: { ipAddress: [] }
}

/** Everybody, where a denied address cannot be allowed all the same. */
export const everybodySimple: Branch = {
  allowAddresses: { ipAddress: ["0.0.0.0/0"] },
  denyAddresses: { ipAddress: [] }
}
