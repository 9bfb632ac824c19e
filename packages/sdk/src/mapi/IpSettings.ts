/**
 * From which addresses something may be reached: consoles, protocols, the search.
 *
 * @since 0.1.0
 */
import * as fields from "./internal/fields.ts"

const address = fields.text({
  min: 1,
  pattern: {
    form: /^[\d.:A-Fa-f/,\s]+$/,
    says: "is no IP address; write 10.0.0.1, 10.0.0.0/8, 10.0.0.0/255.0.0.0, an IPv6 address, or several with commas"
  }
})

/**
 * Lists of addresses: single ones, with prefix length or mask, or several with commas. The element `lowlfInBothLists`
 * of some descriptions is `allowIfInBothLists`.
 *
 * @category models
 * @since 0.1.0
 */
export const IpSettings = fields.struct(
  {
    /** Defaults to all. */
    allowAddresses: fields.list("ipAddress", address),
    denyAddresses: fields.list("ipAddress", address),
    /** Whether an address in both lists is allowed. Not for CIFS, NFS and SMTP. */
    allowIfInBothLists: fields.bool
  },
  { aliases: { lowlfInBothLists: "allowIfInBothLists" } }
)

/**
 * From which addresses something may be reached.
 *
 * @category models
 * @since 0.1.0
 */
export type IpSettings = typeof IpSettings.Type
