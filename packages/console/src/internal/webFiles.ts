/**
 * The files that a browser gets.
 *
 * @internal
 */
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { ConsoleError } from "../ConsoleError.ts"

const files = [
  ["/", "index.html", "text/html; charset=utf-8"],
  ["/app.js", "app.js", "text/javascript; charset=utf-8"],
  ["/styles.css", "styles.css", "text/css; charset=utf-8"],
  ["/icon.svg", "icon.svg", "image/svg+xml"]
] as const

/** Where the package has them, whatever program this module was made part of. */
export const ownFolder: Effect.Effect<string, ConsoleError> = Effect.try({
  try: () => fileURLToPath(new URL("dist/web", import.meta.resolve("@effect-hcp/console/package.json"))),
  catch: (cause) =>
    new ConsoleError({ reason: "files", message: "The package @effect-hcp/console is not there.", cause })
})

/** Serves the files of a folder; they are read once. */
export const layer = (folder: string) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      for (const [path, name, contentType] of files) {
        const bytes = yield* Effect.tryPromise({
          try: () => Fs.readFile(Path.join(folder, name)),
          catch: (cause) =>
            new ConsoleError({
              reason: "files",
              message:
                `The page ${name} of the console is not in ${folder}; ` +
                "in a clone of the repository run: npm run compile",
              cause
            })
        })
        yield* router.add("GET", path, HttpServerResponse.uint8Array(bytes, { contentType }))
      }
    })
  )
