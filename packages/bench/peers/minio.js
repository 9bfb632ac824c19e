/**
 * The MinIO client: an agent that keeps as many connections as there are workers, and a given region, so that it need not ask for it.
 */
import { Agent } from "node:http"
import { Client } from "minio"

export const name = "minio"

export const open = (port, connections, object) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
  const client = new Client({
    endPoint: "127.0.0.1",
    port,
    useSSL: false,
    pathStyle: true,
    region: "us-east-1",
    accessKey: "n",
    secretKey: "n01",
    transportAgent: agent
  })
  const body = Buffer.from(object)
  return {
    GET: async () => {
      const parts = []
      for await (const part of await client.getObject("bench", "object")) parts.push(part)
      return Buffer.concat(parts)
    },
    HEAD: () => client.statObject("bench", "object"),
    PUT: () => client.putObject("bench", "object", body, body.length),
    close: () => agent.destroy()
  }
}
