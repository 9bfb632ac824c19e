import * as Contract from "../utils/contract.ts"
import { information, permissions } from "./contract/access.ts"

permissions(Contract.simulated)
information(Contract.simulated)
