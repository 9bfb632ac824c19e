/**
 * The Effect-native SDK for the Hitachi Content Platform.
 *
 * @since 0.1.0
 */
export * as AddressPool from "./AddressPool.ts"
export * as Connection from "./Connection.ts"
export * as ConnectionPool from "./ConnectionPool.ts"
export * as Credentials from "./Credentials.ts"
export * as Hcp from "./Hcp.ts"
export * as HcpBody from "./HcpBody.ts"
export * as HcpClient from "./HcpClient.ts"
export * as HcpError from "./HcpError.ts"
export * as HcpHeaders from "./HcpHeaders.ts"
export * as HcpRequest from "./HcpRequest.ts"
export * as HcpResponse from "./HcpResponse.ts"
export * as ReplicaStrategy from "./ReplicaStrategy.ts"
export * as Resolver from "./Resolver.ts"
export * as RetryPolicy from "./RetryPolicy.ts"
export * as Target from "./Target.ts"
export * as Tls from "./Tls.ts"
export * as Transport from "./Transport.ts"
