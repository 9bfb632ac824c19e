/**
 * The one class of undici that is used, from its own file: the package's entry loads fetch, WebSocket, caches and mocks as well, which takes
 * twice as long.
 */
declare module "undici/lib/dispatcher/client.js" {
  export { Client as default } from "undici"
}
