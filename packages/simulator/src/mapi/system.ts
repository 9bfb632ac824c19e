/**
 * What an administrator sets for the system as a whole: licences, the network, and credentials for support.
 *
 * @internal
 */
import * as Crypto from "node:crypto"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { refusal } from "../gateway/exchange.ts"
import type { Core } from "../internal/core.ts"
import type { Document } from "../internal/document.ts"
import { toSeconds } from "../internal/time.ts"
import { systemReaders, systemWriters } from "./access.ts"
import { type Access, answer, type Call, done, type Resource } from "./router.ts"
import { choice, struct } from "./shape.ts"

const digest = (text: string): string => Crypto.createHash("sha256").update(text).digest("hex").toUpperCase()

const kept = <A>(core: Core, name: string, schema: Schema.Codec<A>, initial: A): A =>
  Result.getOrElse(Schema.decodeUnknownResult(schema)(core.registry.setting(name)), () => initial)

const Licenses = Schema.Struct({
  license: Schema.Array(
    Schema.Struct({
      serialNumber: Schema.String,
      /** Bytes. */
      localCapacity: Schema.Int,
      extendedCapacity: Schema.Int,
      /** Milliseconds since 1970. */
      uploaded: Schema.Int
    })
  )
})

const TB = 1024 ** 4

/** The licences of a system, newest first. It comes with one, whose serial number is the same in every run. */
export const licensesOf = (core: Core) =>
  kept(core, "licenses", Licenses, {
    license: [
      {
        serialNumber: digest(core.spec.domain).slice(0, 10),
        localCapacity: 100 * TB,
        extendedCapacity: 0,
        uploaded: core.usage.since
      }
    ]
  }).license

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** `Nov 21, 2026`. */
const dateOf = (millis: number): string => {
  const { day, month, year } = DateTime.toPartsUtc(DateTime.makeUnsafe(millis))
  return `${months[month - 1]} ${day}, ${year}`
}

const licenseDocument = ({ core, verbose }: Call): Document => {
  const all = licensesOf(core)
  return {
    license: (verbose ? all : all.slice(0, 1)).map(({ uploaded, ...license }) => ({
      ...license,
      expirationDate: "None",
      feature: "Premium",
      uploadDate: verbose ? dateOf(uploaded) : undefined
    }))
  }
}

const licenses: Resource = {
  path: "/storage/licenses",
  get: { access: systemReaders, run: (call) => Effect.sync(() => answer("licenses", licenseDocument(call))) },
  put: {
    access: systemWriters,
    run: Effect.fnUntraced(function* (call) {
      const key = yield* call.text
      if (key.trim() === "") return yield* refusal(400, "the body is not a license key")
      const before = licensesOf(call.core)
      const [current] = before
      // What a key grants is known to its maker only; here it renews what was granted before.
      const renewed = {
        serialNumber: digest(key).slice(0, 10),
        localCapacity: current?.localCapacity ?? 0,
        extendedCapacity: current?.extendedCapacity ?? 0,
        uploaded: call.now
      }
      yield* call.core.registry.keep("licenses", { license: [renewed, ...before] })
      return done
    })
  }
}

const Network = Schema.Struct({ downstreamDNSMode: Schema.Literals(["BASIC", "ADVANCED"]) })
const downstreamDNSMode = choice(Network.fields.downstreamDNSMode.literals)

const network: Resource = {
  path: "/network",
  get: {
    access: systemReaders,
    run: ({ core }) =>
      Effect.sync(() => answer("networkSettings", kept(core, "network", Network, { downstreamDNSMode: "BASIC" })))
  },
  post: {
    access: systemWriters,
    run: Effect.fnUntraced(function* (call) {
      const body = yield* call.body("networkSettings", struct({ downstreamDNSMode }))
      if (body.downstreamDNSMode !== undefined) {
        yield* call.core.registry.keep("network", { downstreamDNSMode: body.downstreamDNSMode })
      }
      return done
    })
  }
}

const Support = Schema.Struct({ applied: Schema.Int, serialNumber: Schema.String })

const supportDocument = ({ core }: Call): Document => {
  const { applied, serialNumber } = kept(core, "support", Support, { applied: core.usage.since, serialNumber: "" })
  return {
    type: serialNumber === "" ? "Default" : "Exclusive",
    defaultKeyType: "Arizona",
    applyTimeStamp: toSeconds(applied),
    createTimeStamp: toSeconds(applied),
    serialNumberFromPackage: serialNumber
  }
}

const supportAccess: Access = { system: ["ADMINISTRATOR", "SECURITY", "SERVICE"] }

// The manual is not of one mind about its capitals.
const support = ["/supportaccesscredentials", "/supportAccessCredentials"].map(
  (path): Resource => ({
    path,
    get: {
      access: supportAccess,
      run: (call) => Effect.sync(() => answer("supportAccessCredentials", supportDocument(call)))
    },
    put: {
      access: supportAccess,
      run: Effect.fnUntraced(function* (call) {
        const key = yield* call.text
        if (key === "") return yield* refusal(400, "the body is not a package of credentials")
        yield* call.core.registry.keep("support", { applied: call.now, serialNumber: digest(key).slice(0, 10) })
        return done
      })
    }
  })
)

/** @internal */
export const system: ReadonlyArray<Resource> = [licenses, network, ...support]
