/**
 * XML as the body of a request, with the hash HCP wants beside it.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import * as HcpBody from "@effect-hcp/sdk/HcpBody"
import type { InvalidInput } from "@effect-hcp/sdk/HcpError"
import * as Xml from "@effect-hcp/sdk/Xml"
import * as Result from "effect/Result"
import type { Pair } from "./gateway.ts"

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

/** The attributes that say of which type an element is. */
export const schemaInstance = (type: string) => ({
  "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
  "xsi:type": type
})

/** The MD5 of bytes as `Content-MD5` has it. */
export const contentMd5 = (bytes: Uint8Array): Pair => ["Content-MD5", createHash("md5").update(bytes).digest("base64")]

/** A document to send. */
interface XmlBody {
  readonly body: HcpBody.HcpBody
  readonly headers: ReadonlyArray<Pair>
}

/** Body and headers of a document. Fails with `InvalidInput` for a text that XML cannot carry. */
export const xmlBody = (root: Xml.Element): Result.Result<XmlBody, InvalidInput> =>
  Result.map(Xml.document({ ...root, attributes: { xmlns: namespace, ...root.attributes } }), (text) => {
    const bytes = Buffer.from(text, "utf8")
    return { body: HcpBody.bytes(bytes), headers: [["Content-Type", "application/xml"], contentMd5(bytes)] }
  })
