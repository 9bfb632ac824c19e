import * as Contract from "../utils/contract.ts"
import { anyName } from "./contract/names.ts"

anyName(Contract.simulated)
