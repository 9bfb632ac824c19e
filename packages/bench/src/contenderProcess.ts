/**
 * One client of small objects in a process of its own.
 *
 * Arguments: which client, the port of the responder, and for TLS the certificate to trust.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { BenchError } from "./benchError.ts"
import { type ContenderId, contenders } from "./clients/contenders.ts"
import { serve } from "./clients/remote.ts"

const [, , id = "", port = "", ca] = process.argv

const isContender = (id: string): id is ContenderId => Predicate.hasProperty(contenders, id)

serve(
  isContender(id) ? contenders[id] : Effect.fail(new BenchError({ what: `there is no client ${id}` })),
  Number(port),
  ca
)
