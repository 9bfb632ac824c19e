/**
 * The Swift gateway of the Hitachi Content Platform.
 *
 * @since 0.1.0
 */
export * as Account from "./Account.ts"
export * as Container from "./Container.ts"
export * as ContainerMetadata from "./ContainerMetadata.ts"
export * as Entry from "./Entry.ts"
export * as Swift from "./Swift.ts"
export * as SwiftCredentials from "./SwiftCredentials.ts"
export * as SwiftObject from "./SwiftObject.ts"
export * as SwiftObjectMetadata from "./SwiftObjectMetadata.ts"
