/**
 * The S3 client of the AWS SDK for JavaScript as it has to be for HCP: path style, an agent that keeps as many connections as there are workers, no
 * more checksums than S3 asks for.
 */
import { Agent } from "node:http"
import { S3Client } from "@aws-sdk/client-s3"
import { NodeHttpHandler } from "@smithy/node-http-handler"

export const makeClient = (port, connections) =>
  new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    region: "us-east-1",
    credentials: { accessKeyId: "n", secretAccessKey: "n01" },
    // The default would add a CRC-32 to every PUT.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: new NodeHttpHandler({
      httpAgent: new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections }),
      socketAcquisitionWarningTimeout: 60_000
    })
  })
