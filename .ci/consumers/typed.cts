// TypeScript in a CommonJS module: the types are those of the same declarations.
import s3 = require("@effect-hcp/s3")
import sdk = require("@effect-hcp/sdk")
import namespace = require("@effect-hcp/sdk/Namespace")
import simulator = require("@effect-hcp/simulator")

const years: sdk.Retention.Retention = sdk.Retention.years(10)
const head = s3.S3Object.head("finance", "q4/report.pdf")
const simulated = simulator.Simulator.layerMemory({})

export = { years, head, simulated, layer: namespace.layer }
