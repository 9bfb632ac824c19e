import { makeSigner, requestOf } from "../../src/internal/presignedV4.ts"
import type { Signable } from "../../src/internal/signatureV4.ts"
import type * as S3Credentials from "../../src/S3Credentials.ts"

/** The `Authorization` with which the library of AWS signs a request. */
export const signedByLibrary = async (
  signable: Signable,
  signing: {
    readonly keys: S3Credentials.Keys
    readonly region: string
    readonly at: number
    readonly payloadHash: string
  }
): Promise<string | undefined> => {
  const request = requestOf(signable)
  const headers = { ...request.headers, "x-amz-content-sha256": signing.payloadHash }
  const signed = await makeSigner(signing).sign({ ...request, headers }, { signingDate: new Date(signing.at) })
  return signed.headers.authorization
}
