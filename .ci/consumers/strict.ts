// What a library on top of ours looks like: it exports what it made of our types, and has declarations of its own.
import { Credentials, Hcp, HcpBody, HcpClient, type HcpError, Namespace, Retention, Target } from "@effect-hcp/sdk"
import { Tenants } from "@effect-hcp/sdk/mapi"
import * as NamespaceByPath from "@effect-hcp/sdk/Namespace"
import * as Testing from "@effect-hcp/sdk/testing"
import { S3, S3Credentials, S3Object } from "@effect-hcp/s3"
import * as S3Testing from "@effect-hcp/s3/testing"
import { Simulator } from "@effect-hcp/simulator"
import { Spool } from "@effect-hcp/spool"
import { type Job, Jobs } from "@effect-hcp/jobs"
import { Config, Effect, Layer, Redacted, Stream } from "effect"

export const password = Redacted.make("n01")

export const hcp = Hcp.layer({ fqdn: "n1.t1.hcp1.example.com", credentials: { username: "n", password } })

export const namespace = Namespace.layer.pipe(Layer.provide(hcp))

export const spool = Spool.layer({ directory: "/var/spool/hcp" }).pipe(Layer.provide(namespace))

export const kept = Effect.fnUntraced(function* (path: string) {
  const { put } = yield* Spool.Spool
  return yield* put(path, HcpBody.text("kept"), { retention: Retention.years(10) })
})

export const moving: Job.Job = {
  source: { _tag: "Walk", namespace: "old", path: "/invoices" },
  action: { _tag: "Copy", to: { s3: "archive", bucket: "invoices" }, versions: true, proof: "/var/lib/proof" }
}

export const moved = Effect.fnUntraced(function* () {
  const jobs = yield* Jobs.Jobs
  return yield* jobs.await(yield* jobs.submit(moving))
})

export const pieces = HcpClient.layer.pipe(
  Layer.provide(Target.layer({ fqdn: "n1.t1.hcp1.example.com" })),
  Layer.provide(Credentials.layerLocal({ username: "n", password }))
)

export const configured = Layer.unwrap(
  Effect.map(Config.Redacted("HCP_PASSWORD"), (password) =>
    S3.layerHcp({ fqdn: "t1.hcp1.example.com", credentials: S3Credentials.layerV4({ username: "n", password }) })
  )
)

export const archive = Effect.fnUntraced(function* (path: string) {
  const ns = yield* NamespaceByPath.Namespace
  const stored = yield* ns.put(path, HcpBody.text("kept"), { retention: Retention.years(10) })
  const metadata = yield* ns.head(path)
  return { stored, metadata, size: metadata.size }
})

export const list = (path: string) =>
  Stream.unwrap(Effect.map(Namespace.Namespace, (ns) => Stream.map(ns.walk(path), (entry) => entry.path)))

export const tenants = Stream.runCollect(Tenants.list())

export const head = S3Object.head("finance", "q4/report.pdf")

export const advise = (error: HcpError.HcpError): string =>
  error.reason._tag === "NotFound" ? "nothing is there" : error.message

export const simulated = Simulator.layer({ systems: [{ domain: "hcp1.example.com" }] })

export const inMemory = Simulator.layerMemory({ systems: [{ domain: "hcp1.example.com" }] })

export const inMemoryWithClient = Simulator.layerClient()

export const fake = Testing.Namespace.layerTest({
  get: (path) => Effect.fail(Testing.HcpError.make({ reason: "NotFound", path }))
})

export const fakeS3 = S3Testing.S3.layerTest({ PUT: () => Effect.succeed({}) })
