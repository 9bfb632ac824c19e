import * as Contract from "../utils/contract.ts"
import { annotations, dataWithAnnotation } from "./contract/annotations.ts"

annotations(Contract.simulated)
dataWithAnnotation(Contract.simulated)
