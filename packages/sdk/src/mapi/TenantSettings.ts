/**
 * The settings of a tenant that are resources of their own: console security, contact, mail, defaults of namespaces,
 * search.
 *
 * Source: "HCP Management API Reference". Every field may be absent: older systems know fewer of them. Written, what is
 * left out stays as it is.
 *
 * @since 0.1.0
 */

import { IpSettings } from "./IpSettings.ts"
import * as fields from "./internal/fields.ts"
import { VersioningSettings } from "./NamespaceRules.ts"

const upTo = (max: number) => fields.int({ min: 0, max })

/**
 * Passwords, log-in and addresses of a tenant's console. The first seven fields are from HCP 7.0 on, the others came
 * later.
 *
 * @category models
 * @since 0.1.0
 */
export const ConsoleSecurity = fields.struct(
  {
    /** 2 to 64. */
    minimumPasswordLength: fields.int({ min: 2, max: 64 }),
    /** Days, 0 to 999,999. */
    forcePasswordChangeDays: upTo(999_999),
    /** Days, 0 to 999. */
    disableAfterInactiveDays: upTo(999),
    /** 0 to 999. */
    disableAfterAttempts: upTo(999),
    /** Minutes, 0 to 999. */
    logoutOnInactive: upTo(999),
    /** At most 1,024 characters. */
    loginMessage: fields.text({ max: 1024 }),
    ipSettings: IpSettings,
    automaticUserAccountUnlockSetting: fields.bool,
    /** Minutes, 0 to 999. Spelled without its second "n" in the API, and here. */
    automaticUserAccoutUnlockDuration: upTo(999),
    blockCommonPassword: fields.bool,
    blockPasswordReUse: fields.bool,
    passwordReuseDepth: upTo(999),
    coolDownPeriodSettings: fields.bool,
    /** Seconds, 0 to 999. */
    coolDownPeriodDuration: upTo(999),
    passwordCombination: fields.bool,
    passwordContainsUsername: fields.bool,
    lowerCaseLetterCount: upTo(64),
    upperCaseLetterCount: upTo(64),
    numericCharacterCount: upTo(64),
    specialCharacterCount: upTo(64)
  },
  { aliases: { automaticUserAccountUnlockDuration: "automaticUserAccoutUnlockDuration" } }
)

/**
 * Passwords, log-in and addresses of a tenant's console.
 *
 * @category models
 * @since 0.1.0
 */
export type ConsoleSecurity = typeof ConsoleSecurity.Type

/**
 * Whom to call about a tenant.
 *
 * @category models
 * @since 0.1.0
 */
export const ContactInfo = fields.struct({
  firstName: fields.text(),
  lastName: fields.text(),
  emailAddress: fields.text(),
  primaryPhone: fields.text(),
  extension: fields.text(),
  address1: fields.text(),
  address2: fields.text(),
  city: fields.text(),
  state: fields.text(),
  zipOrPostalCode: fields.text(),
  countryOrRegion: fields.text()
})

/**
 * Whom to call about a tenant.
 *
 * @category models
 * @since 0.1.0
 */
export type ContactInfo = typeof ContactInfo.Type

/**
 * Who gets which mail.
 *
 * @category models
 * @since 0.1.0
 */
export const Recipient = fields.struct(
  {
    /** One address, or several with commas. */
    address: fields.text({ min: 1 }),
    /** Defaults to `MAJOR`. */
    importance: fields.oneOf(["ALL", "MAJOR"]),
    /** Defaults to `ERROR`. */
    severity: fields.oneOf(["NOTICE", "WARNING", "ERROR"]),
    /** One or several of `GENERAL`, `SECURITY`, `COMPLIANCE`, with commas. Defaults to `GENERAL`. */
    type: fields.text({
      pattern: {
        form: /^(?:GENERAL|SECURITY|COMPLIANCE)(?:,\s*(?:GENERAL|SECURITY|COMPLIANCE))*$/,
        says: "must be one or several of GENERAL, SECURITY, COMPLIANCE, with commas"
      }
    })
  },
  { required: ["address"] }
)

/**
 * The mails HCP sends about a tenant: at most 25 entries of recipients. The template may hold `$action`, `$date`,
 * `$fullText`, `$id`, `$location`, `$origin`, `$reason`, `$severity`, `$shortText`, `$type` and `$user`.
 *
 * @category models
 * @since 0.1.0
 */
export const EmailNotification = fields.struct(
  {
    enabled: fields.bool,
    emailTemplate: fields.struct(
      { from: fields.text(), subject: fields.text(), body: fields.text() },
      {
        check: ({ from, subject }) =>
          (from === undefined) === (subject === undefined)
            ? undefined
            : [from === undefined ? "from" : "subject", "is missing; sender and subject are only changed together"]
      }
    ),
    recipients: fields.list("recipient", Recipient)
  },
  {
    check: ({ recipients }) => {
      const count = fields.lengthOf(recipients, "recipient")
      return count > 25 ? ["recipients", `has ${count} entries, HCP takes 25; join addresses with commas`] : undefined
    }
  }
)

/**
 * The mails HCP sends about a tenant.
 *
 * @category models
 * @since 0.1.0
 */
export type EmailNotification = typeof EmailNotification.Type

/**
 * What a namespace of the tenant is created with where it does not say otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export const NamespaceDefaults = fields.struct({
  description: fields.text({ max: 1024 }),
  hashScheme: fields.oneOf(["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "RIPEMD-160"]),
  enterpriseMode: fields.bool,
  hardQuota: fields.quota,
  /** Percent, 10 to 95. */
  softQuota: fields.int({ min: 10, max: 95 }),
  optimizedFor: fields.oneOf(["ALL", "CLOUD", "DEFAULT"]),
  directoryUsage: fields.oneOf(["Balanced", "Unbalanced", "Default"]),
  replicationEnabled: fields.bool,
  searchEnabled: fields.bool,
  allowErasureCoding: fields.bool,
  servicePlan: fields.text({ max: 64 }),
  versioningSettings: VersioningSettings,
  /** Days, 0 to 180. */
  multipartUploadAutoAbortDays: upTo(180),
  retentionType: fields.oneOf(["HCP", "S3"]),
  s3UnversionedOverwrite: fields.bool,
  /** Always `Dynamic`; deprecated. */
  dpl: fields.text(),
  /** Always `Dynamic`; deprecated. */
  effectiveDpl: fields.text()
})

/**
 * What a namespace of the tenant is created with where it does not say otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export type NamespaceDefaults = typeof NamespaceDefaults.Type

/**
 * From where the search of a tenant may be reached.
 *
 * @category models
 * @since 0.1.0
 */
export const SearchSecurity = fields.struct({ ipSettings: IpSettings })

/**
 * From where the search of a tenant may be reached.
 *
 * @category models
 * @since 0.1.0
 */
export type SearchSecurity = typeof SearchSecurity.Type

/**
 * A service plan that a tenant may choose.
 *
 * @category models
 * @since 0.1.0
 */
export const ServicePlan = fields.struct({ name: fields.text(), description: fields.text() })

/**
 * A service plan that a tenant may choose.
 *
 * @category models
 * @since 0.1.0
 */
export type ServicePlan = typeof ServicePlan.Type
