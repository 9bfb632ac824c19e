/**
 * Links to one object for people without a user: to store it, to read it, and what comes of a link that is too old or
 * was changed.
 *
 *     npm run example -- presign
 */
import * as https from "node:https"
import { NodeRuntime } from "@effect/platform-node"
import { Presign, S3, S3Credentials } from "@effect-hcp/s3"
import { Simulator } from "@effect-hcp/simulator"
import { Console, Effect, Layer, Redacted } from "effect"

const bucket = "drop"

const Hcp = Simulator.layer({
  systems: [
    {
      domain: "hcp1.example.com",
      namespaces: [{ name: bucket, tenant: "t1", s3: true }],
      users: ["n:n01"]
    }
  ]
})

const Gateway = Layer.unwrap(
  Effect.map(Simulator.Simulator, ({ ca, nameServer, systems }) =>
    S3.layerHcp({
      fqdn: `t1.${systems[0].domain}`,
      port: systems[0].ports.https,
      tls: { ca },
      resolver: { nameServers: [nameServer] },
      credentials: S3Credentials.layerV4({ username: "n", password: Redacted.make("n01") })
    })
  )
)

/**
 * Uses a link as anybody can, with nothing but Node's own client. Only the name server of the simulator is not that of
 * this computer.
 */
const use = Effect.fnUntraced(function* ({ headers, method, url }: Presign.Presigned, body = "") {
  const { ca, systems } = yield* Simulator.Simulator
  const [address] = systems[0].nodes
  return yield* Effect.callback<string>((resume) => {
    const request = https.request(url, {
      method,
      ca,
      agent: false,
      headers: {
        ...Object.fromEntries(headers),
        ...(method === "PUT" ? { "Content-Length": Buffer.byteLength(body) } : {})
      },
      lookup: (_name, { all }, callback) =>
        all === true ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)
    })
    request.on("response", (response) => {
      let text = ""
      response.on("data", (chunk) => {
        text += String(chunk)
      })
      response.on("end", () => {
        const said = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text
        const type = response.headers["content-type"]
        resume(
          Effect.succeed(`${response.statusCode} ${method === "GET" && said === text ? `${type}: ` : ""}${said}`.trim())
        )
      })
    })
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(body)
    return Effect.sync(() => request.destroy())
  })
})

const program = Effect.gen(function* () {
  const key = "from a friend/hello world.txt"
  const upload = yield* Presign.put(bucket, key, { expiresIn: "10 minutes", contentType: "text/plain" })
  yield* Console.log(`store: ${yield* use(upload, "made by somebody without a user")}`)

  const link = yield* Presign.get(bucket, key, {
    expiresIn: "1 hour",
    response: { contentType: "text/markdown" }
  })
  yield* Console.log(`read: ${yield* use(link)}`)

  const other = { ...link, url: link.url.replace("hello", "howdy") }
  yield* Console.log(`read something else with it: ${yield* use(other)}`)

  const short = yield* Presign.get(bucket, key, { expiresIn: "1 second" })
  yield* Effect.sleep("2 seconds")
  yield* Console.log(`read too late: ${yield* use(short)}`)
})

program.pipe(Effect.provide(Gateway.pipe(Layer.provideMerge(Hcp))), NodeRuntime.runMain)
