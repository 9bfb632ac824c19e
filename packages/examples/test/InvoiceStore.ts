import { HcpBody, type HcpError, Namespace, Retention } from "@effect-hcp/sdk"
import { Context, Effect, Layer, Option } from "effect"

export class InvoiceStore extends Context.Service<
  InvoiceStore,
  {
    readonly save: (number: number, text: string) => Effect.Effect<"saved" | "there", HcpError.HcpError>
    readonly read: (number: number) => Effect.Effect<Option.Option<string>, HcpError.HcpError>
    readonly discard: (number: number) => Effect.Effect<"gone" | "kept", HcpError.HcpError>
  }
>()("InvoiceStore") {
  static readonly layer = Layer.effect(
    InvoiceStore,
    Effect.map(Namespace.Namespace, (ns) => ({
      save: (number, text) =>
        ns.put(`/invoices/${number}.txt`, HcpBody.text(text), { retention: Retention.days(1) }).pipe(
          Effect.as("saved" as const),
          Effect.catchReason("HcpError", "ObjectExists", () => Effect.succeed("there" as const))
        ),
      read: (number) =>
        ns.get(`/invoices/${number}.txt`, { deadline: "20 seconds" }).pipe(
          Effect.map(({ text }) => Option.some(text)),
          Effect.catchReason("HcpError", "NotFound", () => Effect.succeedNone)
        ),
      discard: (number) =>
        ns.delete(`/invoices/${number}.txt`).pipe(
          Effect.as("gone" as const),
          Effect.catchReason("HcpError", "UnderRetention", () => Effect.succeed("kept" as const))
        )
    }))
  )
}
