import * as Contract from "../utils/contract.ts"
import { directories, versions } from "./contract/versions.ts"

versions(Contract.simulated)
directories(Contract.simulated)
