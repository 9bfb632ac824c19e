import * as Contract from "../utils/contract.ts"
import { storeAndRead } from "./contract/store.ts"

storeAndRead(Contract.simulated)
