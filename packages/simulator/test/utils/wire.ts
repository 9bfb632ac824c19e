import * as Http from "node:http"
import * as Https from "node:https"
import { Effect } from "effect"

export interface Ask {
  readonly address: string
  readonly port: number
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
  readonly agent?: Http.Agent | Https.Agent
  /** TLS, checked for this name against this CA. */
  readonly tls?: { readonly ca: string; readonly name?: string }
}

export interface Reply {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  /** Names as they were spelt. */
  readonly names: ReadonlyArray<string>
  readonly body: string
}

/** One request with a plain node:http client; fails with the code of the socket's error. */
export const ask = (options: Ask): Effect.Effect<Reply, string> =>
  Effect.callback((resume) => {
    const common = {
      host: options.address,
      port: options.port,
      method: options.method ?? "GET",
      path: options.path ?? "/",
      headers: options.headers ?? {},
      agent: options.agent ?? false
    }
    const onResponse = (response: Http.IncomingMessage) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk) => chunks.push(chunk))
      response.on("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(error.code ?? error.message)))
      response.on("end", () =>
        resume(
          Effect.succeed({
            status: response.statusCode ?? 0,
            headers: response.headers,
            names: response.rawHeaders.filter((_, index) => index % 2 === 0),
            body: Buffer.concat(chunks).toString()
          })
        )
      )
    }
    const request =
      options.tls === undefined
        ? Http.request(common, onResponse)
        : Https.request({ ...common, ca: options.tls.ca, servername: options.tls.name ?? "" }, onResponse)
    request.on("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(error.code ?? error.message)))
    request.end(options.body)
    return Effect.sync(() => request.destroy())
  })
