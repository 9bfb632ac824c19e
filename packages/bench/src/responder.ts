/**
 * The other side of the wire: a raw server that answers with bytes made beforehand.
 *
 * Argument: the identity for TLS as JSON, or none for plain HTTP.
 */
import { serve } from "./objectService.ts"
import { servedAlone } from "./servedAlone.ts"

servedAlone((socket) => serve(socket))
