/**
 * The library that makes certificates.
 *
 * @internal
 */
// It reads its schemas through the metadata API, which has to be there first.
import "reflect-metadata"

export * as X509 from "@peculiar/x509"
