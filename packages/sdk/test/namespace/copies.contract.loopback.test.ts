import * as Contract from "../utils/contract.ts"
import { copies } from "./contract/copies.ts"

copies(Contract.simulated)
