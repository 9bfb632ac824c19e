/**
 * The thread that has the database of a spool: a sync to the disk takes milliseconds, and no event loop shall wait for
 * it.
 *
 * @internal
 */
import { type MessagePort, parentPort } from "node:worker_threads"
import { type Database, failureOf, open } from "./database.ts"
import type { FromThread, ToThread } from "./databaseProtocol.ts"

const serve = (port: MessagePort): void => {
  let database: Database | undefined
  const opened = (): Database => {
    if (database === undefined) throw new Error("the database is not open")
    return database
  }
  const handle = (message: ToThread): FromThread => {
    switch (message._tag) {
      case "Open":
        database = open(message.file, message.durability)
        return { _tag: "Opened" }
      case "Write":
        return { _tag: "Written", outcomes: opened().write(message.changes) }
      case "Ask":
        return { _tag: "Answered", answer: opened().ask(message.question) }
      case "Close":
        database?.close()
        database = undefined
        return { _tag: "Closed" }
    }
  }
  const answer = (message: ToThread): FromThread => {
    try {
      return handle(message)
    } catch (error) {
      return { _tag: "Failed", failure: failureOf(error) }
    }
  }
  port.on("message", (message: ToThread) => {
    port.postMessage(answer(message))
    if (message._tag === "Close") port.close()
  })
}

if (parentPort !== null) serve(parentPort)
