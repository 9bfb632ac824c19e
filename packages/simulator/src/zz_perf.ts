import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as CertificateAuthority from "./CertificateAuthority.ts"
import * as NodeServer from "./NodeServer.ts"
import * as fs from "node:fs"
Effect.runFork(Effect.scoped(Effect.gen(function*(){
  const ca = yield* CertificateAuthority.make
  const identity = yield* ca.issue({domain:"hcp1.example.com", names:["*.t1.hcp1.example.com"], addresses:["127.0.0.1"]})
  fs.writeFileSync("/tmp/simnet/ca.pem", ca.pem)
  const node = yield* NodeServer.make({ address:"127.0.0.1", ports:{http:18080,https:18443,admin:18000,mapi:19090}, identity,
    gateway: { handle: (r) => r.method === "GET" ? Effect.succeed({status:200, headers:[], body: {_tag:"Stream", length: 8192*262144, stream: Stream.range(1,8192).pipe(Stream.map(() => new Uint8Array(262144)), Stream.rechunk(1))}})
     : Effect.gen(function*(){ let n=0, c=0; yield* Effect.ignore(Stream.runForEach(r.body, (b) => Effect.sync(()=>{n+=b.length;c++}))); return {status:200, headers:[], body:{_tag:"Bytes", bytes: new TextEncoder().encode(`${n} in ${c}\n`)}} as const }) } })
  yield* Effect.never
})))
