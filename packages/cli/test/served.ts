/**
 * Runs `hcp` for shells, all in this one process: what starts a process for each line would take a minute.
 */
import * as net from "node:net"
import { Effect } from "effect"
import { runCli } from "./runCli.ts"

/** What a shell has typed: a line of JSON, and then standard input. */
const answer = (asked: string): Promise<string> => {
  const end = asked.indexOf("\n")
  const { args, env }: { args: ReadonlyArray<string>; env: Readonly<Record<string, string>> } = JSON.parse(
    asked.slice(0, end)
  )
  return Effect.runPromise(Effect.map(runCli(args, { env, stdin: asked.slice(end + 1) }), (run) => JSON.stringify(run)))
}

const [, , socket = "", folder = ""] = process.argv
process.chdir(folder)
net
  .createServer({ allowHalfOpen: true }, (connection) => {
    let asked = ""
    connection.setEncoding("utf8")
    connection.on("data", (text) => {
      asked += text
    })
    connection.on("end", () => {
      answer(asked).then(
        (said) => connection.end(said),
        (error) => connection.end(JSON.stringify({ code: 70, stdout: "", stderr: String(error) }))
      )
    })
  })
  .listen(socket, () => process.stdout.write("ready\n"))
