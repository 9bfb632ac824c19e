import * as Simulator from "@effect-hcp/simulator/Simulator"
import { Effect, Layer, Redacted } from "effect"
import * as S3 from "../../src/S3.ts"
import * as S3Credentials from "../../src/S3Credentials.ts"

export const domain = "hcp1.example.com"

/** One system for the tests of a file: a bucket that keeps versions, one that does not, and one everybody may read. */
export const layer = Simulator.layer({
  systems: [
    {
      domain,
      nodes: 2,
      namespaces: [
        { name: "plain", tenant: "t1", s3: true },
        { name: "versions", tenant: "t1", s3: true, versioning: true },
        { name: "open", tenant: "t1", s3: true, anonymous: true }
      ],
      users: [{ username: "n", password: "n01", allowNamespaceManagement: true }]
    }
  ]
})

const user = { username: "n", password: Redacted.make("n01") }

/** All ways to prove who one is. */
export const doors = {
  v4: S3Credentials.layerV4(user),
  "v4 with signed payload": S3Credentials.layerV4({ ...user, payload: "signed" }),
  v2: S3Credentials.layerV2(user),
  hcp: S3Credentials.layerHcp(user)
} as const

/** The gateway of the tenant over HTTPS. */
export const gateway = (credentials: (typeof doors)[keyof typeof doors] = doors.v4, style?: S3.Style) =>
  Layer.unwrap(
    Effect.map(Simulator.Simulator, ({ ca, nameServer, systems }) =>
      S3.layerHcp({
        fqdn: `t1.${domain}`,
        domain,
        style,
        port: systems[0].ports.https,
        tls: { ca },
        resolver: { nameServers: [nameServer] },
        credentials
      })
    )
  )
