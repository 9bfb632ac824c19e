/**
 * The settings of a tenant that are resources of their own.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { refusal } from "../gateway/exchange.ts"
import { type Document, isBranch } from "../internal/document.ts"
import { HashScheme } from "../SystemSpec.ts"
import { readers, securityReaders, securityWriters, writers } from "./access.ts"
import { everybody, ipSettings } from "./ipSettings.ts"
import { tenantOf } from "./place.ts"
import { type Access, answer, type Call, type Resource } from "./router.ts"
import { ofTenant } from "./settingsResource.ts"
import { choice, flag, integer, quota, quotaOf, repeated, type Shape, struct, text } from "./shape.ts"
import { versioningShape } from "./versioning.ts"

const days = integer(0, 999)
const count = integer(0, 64)

const consoleSecurity = ofTenant({
  path: "consoleSecurity",
  root: "consoleSecurity",
  read: securityReaders,
  write: securityWriters,
  shape: struct({
    automaticUserAccountUnlockSetting: flag,
    // The name is misspelt in HCP, too.
    automaticUserAccoutUnlockDuration: days,
    blockCommonPassword: flag,
    blockPasswordReUse: flag,
    coolDownPeriodDuration: days,
    coolDownPeriodSettings: flag,
    disableAfterAttempts: days,
    disableAfterInactiveDays: days,
    forcePasswordChangeDays: integer(0, 999_999),
    ipSettings,
    loginMessage: text({ max: 1024 }),
    logoutOnInactive: days,
    lowerCaseLetterCount: count,
    minimumPasswordLength: integer(2, 64),
    numericCharacterCount: count,
    passwordCombination: flag,
    passwordContainsUsername: flag,
    passwordReuseDepth: count,
    specialCharacterCount: count,
    upperCaseLetterCount: count
  }),
  initial: {
    automaticUserAccountUnlockSetting: false,
    automaticUserAccoutUnlockDuration: 5,
    blockCommonPassword: false,
    blockPasswordReUse: false,
    coolDownPeriodDuration: 5,
    coolDownPeriodSettings: false,
    disableAfterAttempts: 5,
    disableAfterInactiveDays: 180,
    forcePasswordChangeDays: 180,
    ipSettings: everybody,
    loginMessage: "",
    logoutOnInactive: 10,
    lowerCaseLetterCount: 1,
    minimumPasswordLength: 6,
    numericCharacterCount: 1,
    passwordCombination: false,
    passwordContainsUsername: false,
    passwordReuseDepth: 5,
    specialCharacterCount: 1,
    upperCaseLetterCount: 1
  }
})

const line = text({ max: 255 })

const contactInfo = ofTenant({
  path: "contactInfo",
  root: "contactInfo",
  read: readers,
  write: writers,
  shape: struct({
    address1: line,
    address2: line,
    city: line,
    countryOrRegion: line,
    emailAddress: line,
    extension: line,
    firstName: line,
    lastName: line,
    primaryPhone: line,
    state: line,
    zipOrPostalCode: line
  }),
  initial: {}
})

const words = (allowed: ReadonlyArray<string>): Shape<string> =>
  text({
    max: 64,
    pattern: new RegExp(`^\\s*(${allowed.join("|")})(\\s*,\\s*(${allowed.join("|")}))*\\s*$`, "i")
  })

const itemsOf = (list: Document | undefined, name: string): ReadonlyArray<Document> => {
  const items = isBranch(list) ? list[name] : undefined
  return Array.isArray(items) ? items : []
}

const emailNotification = ofTenant({
  path: "emailNotification",
  root: "emailNotification",
  read: readers,
  write: writers,
  shape: struct({
    enabled: flag,
    emailTemplate: struct({ from: line, subject: line, body: text({ max: 16_384 }) }),
    recipients: struct({
      recipient: repeated(
        struct({
          address: text({ min: 1, max: 4096 }),
          importance: choice(["ALL", "MAJOR"]),
          severity: choice(["NOTICE", "WARNING", "ERROR"]),
          type: words(["GENERAL", "SECURITY", "COMPLIANCE"])
        })
      )
    })
  }),
  initial: {
    enabled: false,
    emailTemplate: {
      from: "",
      subject: "[$severity] $shortText",
      body: "$date $location $user: $fullText"
    },
    recipients: { recipient: [] }
  },
  conflict: ({ emailTemplate, recipients }) => {
    const entries = itemsOf(recipients, "recipient")
    if (entries.length > 25) return "there can be at most 25 recipients"
    if (entries.some((entry) => !isBranch(entry) || entry.address === undefined))
      return "every recipient needs an address"
    const { from, subject } = isBranch(emailTemplate) ? emailTemplate : {}
    return (from === undefined) === (subject === undefined)
      ? undefined
      : "from and subject of an email template must be given together"
  }
})

const searchSecurity = ofTenant({
  path: "searchSecurity",
  root: "searchSecurity",
  read: securityReaders,
  write: securityWriters,
  shape: struct({ ipSettings }),
  initial: { ipSettings: everybody }
})

/** What a namespace gets that is made without saying more. */
export const namespaceDefaultsShape = struct({
  allowErasureCoding: flag,
  description: text({ max: 1024 }),
  directoryUsage: choice(["Balanced", "Unbalanced", "Default"]),
  dpl: text({ max: 16 }),
  effectiveDpl: text({ max: 16 }),
  enterpriseMode: flag,
  hardQuota: quota,
  hashScheme: choice(HashScheme.literals, { caseSensitive: true }),
  multipartUploadAutoAbortDays: integer(0, 180),
  optimizedFor: choice(["ALL", "CLOUD", "DEFAULT"]),
  replicationEnabled: flag,
  retentionType: choice(["HCP", "S3"]),
  s3UnversionedOverwrite: flag,
  searchEnabled: flag,
  servicePlan: text({ min: 1, max: 64 }),
  softQuota: integer(10, 95),
  versioningSettings: versioningShape
})

/** @internal */
export const namespaceDefaultsPath = "namespaceDefaults"

/** @internal */
export const initialNamespaceDefaults = {
  allowErasureCoding: false,
  description: "",
  directoryUsage: "Default",
  dpl: "Dynamic",
  effectiveDpl: "Dynamic",
  enterpriseMode: true,
  hardQuota: quotaOf(50 * 1024 ** 3),
  hashScheme: "SHA-256",
  multipartUploadAutoAbortDays: 30,
  optimizedFor: "DEFAULT",
  replicationEnabled: true,
  retentionType: "HCP",
  s3UnversionedOverwrite: false,
  searchEnabled: false,
  servicePlan: "Default",
  softQuota: 85,
  versioningSettings: { enabled: false }
}

const namespaceDefaults = ofTenant({
  path: namespaceDefaultsPath,
  root: "namespaceDefaults",
  read: readers,
  write: writers,
  shape: namespaceDefaultsShape,
  initial: initialNamespaceDefaults,
  isShown: (name, tenant) => {
    switch (name) {
      case "allowErasureCoding":
        return tenant.erasureCodingSelectionEnabled
      case "enterpriseMode":
        return tenant.complianceConfigurationEnabled
      case "replicationEnabled":
        return tenant.replicationConfigurationEnabled
      case "searchEnabled":
        return tenant.searchConfigurationEnabled
      case "servicePlan":
        return tenant.servicePlanSelectionEnabled
      case "versioningSettings":
        return tenant.versioningConfigurationEnabled
      default:
        return true
    }
  }
})

const planReaders: Access = { tenant: ["ADMINISTRATOR", "MONITOR"] }
const plan = "Default"

const planSelection = Effect.fnUntraced(function* (call: Call) {
  const tenant = yield* tenantOf(call)
  if (!tenant.servicePlanSelectionEnabled) {
    return yield* refusal(403, "the tenant may not select service plans")
  }
})

const servicePlans: ReadonlyArray<Resource> = [
  {
    path: "/tenants/{tenant}/availableServicePlans",
    get: {
      access: planReaders,
      run: (call) => Effect.as(planSelection(call), answer("availableServicePlans", { name: [plan] }))
    }
  },
  {
    path: "/tenants/{tenant}/availableServicePlans/{plan}",
    get: {
      access: planReaders,
      run: Effect.fnUntraced(function* (call: Call) {
        yield* planSelection(call)
        const name = call.segment("plan")
        if (name.toLowerCase() !== plan.toLowerCase()) return yield* refusal(404, `there is no service plan '${name}'`)
        return answer("availableServicePlan", { name: plan, description: "Keeps everything where it is" })
      })
    }
  }
]

/** @internal */
export const tenantSettings: ReadonlyArray<Resource> = [
  consoleSecurity,
  contactInfo,
  emailNotification,
  namespaceDefaults,
  searchSecurity,
  ...servicePlans
]
