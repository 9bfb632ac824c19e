import * as Contract from "../utils/contract.ts"
import { retentionAndHolds } from "./contract/retention.ts"

retentionAndHolds(Contract.simulated)
