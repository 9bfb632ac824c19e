/**
 * Grants of access lists as they are written: `user:mwhite=READ,WRITE`, `group:all_users=READ`,
 * `user:mwhite@corp.example.com=READ`, `id:b6cf...=FULL_CONTROL`; and whole lists by name: `private`, `public-read`,
 * `authenticated-read`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Failure, usage } from "../Failure.ts"
import type { Grant } from "./objectStore.ts"

const named: Readonly<Record<string, ReadonlyArray<Grant>>> = {
  private: [],
  "public-read": [{ type: "group", name: "all_users", domain: undefined, permissions: ["READ"] }],
  "authenticated-read": [{ type: "group", name: "authenticated", domain: undefined, permissions: ["READ"] }]
}

const form = "user:NAME=READ,WRITE, user:NAME@DOMAIN=READ, group:all_users=READ, id:ID=READ, private or public-read"

/** Reads the grants of a command line. Fails with a usage failure. */
export const parse = (texts: ReadonlyArray<string>): Result.Result<ReadonlyArray<Grant>, Failure> => {
  const [first = ""] = texts
  const list = Object.hasOwn(named, first) ? named[first] : undefined
  if (list !== undefined && texts.length === 1) return Result.succeed(list)
  return Result.all(
    texts.map((text): Result.Result<Grant, Failure> => {
      const [, type, who = "", words = ""] = /^(user|group|id):(.+)=([^=]+)$/s.exec(text) ?? []
      const [, name = who, domain] = type === "id" ? [] : (/^(.+)@([^@]+)$/s.exec(who) ?? [])
      const permissions = words
        .split(",")
        .map((word) => word.trim().toUpperCase())
        .filter((word) => word !== "")
      return (type === "user" || type === "group" || type === "id") && permissions.length > 0
        ? Result.succeed({ type, name, domain, permissions })
        : Result.fail(usage(`${text} is no grant`, `write ${form}`))
    })
  )
}

/** The permissions of a grant that a store knows. Fails with a usage failure for another one. */
export const permissionsIn = <Permission extends string>(
  { permissions }: Grant,
  known: ReadonlyArray<Permission>
): Effect.Effect<ReadonlyArray<Permission>, Failure> =>
  Effect.forEach(permissions, (word) => {
    const found = known.find((each) => each === word)
    return found === undefined
      ? Effect.fail(usage(`${word} is no permission here`, `take ${known.join(", ")}`))
      : Effect.succeed(found)
  })
