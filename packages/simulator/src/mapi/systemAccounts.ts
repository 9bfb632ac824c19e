/**
 * `/userAccounts` and `/groupAccounts` of the system: they are looked at, and get new passwords.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Refusal, refusal } from "../gateway/exchange.ts"
import { type Account, md5 } from "../internal/accounts.ts"
import { own, type State } from "../internal/registry.ts"
import * as Groups from "./groups.ts"
import * as Paging from "./paging.ts"
import * as Passwords from "./passwords.ts"
import { required } from "./place.ts"
import { type Access, answer, type Call, done, type Resource } from "./router.ts"
import { struct } from "./shape.ts"
import * as Users from "./users.ts"

const readers: Access = { system: ["ADMINISTRATOR", "MONITOR", "SECURITY"] }
const writers: Access = { system: ["SECURITY"] }

const userIn = (call: Call, { accounts }: State): Result.Result<Account, Refusal> => {
  const name = call.segment("user")
  const account = own(accounts, name)
  return account === undefined ? Result.fail(refusal(404, `there is no user '${name}'`)) : Result.succeed(account)
}

const userOf = (call: Call) => Effect.suspend(() => Effect.fromResult(userIn(call, call.core.registry.state())))

const setPassword = (call: Call, password: string) =>
  call.core.registry.modify((state) =>
    Result.map(userIn(call, state), (former) => ({
      ...state,
      accounts: { ...state.accounts, [former.username.toLowerCase()]: { ...former, passwordMd5: md5(password) } }
    }))
  )

/** @internal */
export const systemAccounts: ReadonlyArray<Resource> = [
  {
    path: "/userAccounts",
    get: {
      access: readers,
      parameters: Paging.parameterNames,
      run: Effect.fnUntraced(function* (call: Call) {
        const items = call.core.registry.accountsOf(undefined).map(({ username }) => ({ name: username }))
        const page = yield* Paging.page(call.parameters, items, Paging.userKeys)
        return answer("userAccounts", { username: page.map(({ name }) => name) })
      })
    }
  },
  {
    path: "/userAccounts/{user}",
    get: {
      access: readers,
      run: (call) => Effect.map(userOf(call), (account) => answer("userAccount", Users.documentOf(call, account)))
    },
    post: {
      access: writers,
      parameters: ["password"],
      run: Effect.fnUntraced(function* (call: Call) {
        yield* userOf(call)
        const password = yield* Passwords.fromQuery(call, "password", undefined)
        if (password === undefined) return yield* refusal(400, "the parameter password is required")
        yield* call.body("userAccount", struct({}))
        yield* setPassword(call, password)
        return done
      })
    }
  },
  {
    path: "/userAccounts/{user}/changePassword",
    post: {
      access: writers,
      run: Effect.fnUntraced(function* (call: Call) {
        yield* userOf(call)
        const { newPassword } = yield* call.body("updatePasswordRequest", Users.passwordRequest)
        const password = yield* Passwords.check(yield* required(newPassword, "newPassword"), undefined)
        yield* setPassword(call, password)
        return done
      })
    }
  },
  {
    path: "/groupAccounts",
    get: {
      access: readers,
      run: ({ core }) =>
        Effect.sync(() =>
          answer("groupAccounts", {
            groupname: Object.values(core.registry.state().groups).map(({ groupname }) => groupname)
          })
        )
    }
  },
  {
    path: "/groupAccounts/{group}",
    get: {
      access: readers,
      run: Effect.fnUntraced(function* (call: Call) {
        const name = call.segment("group")
        const group = own(call.core.registry.state().groups, name)
        return group === undefined
          ? yield* refusal(404, `there is no group '${name}'`)
          : answer("groupAccount", Groups.documentOf(call, group))
      })
    }
  }
]
