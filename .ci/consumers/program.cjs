// What a CommonJS program gets by require: the same modules, whole and by subpath.
const { Hcp, Retention } = require("@effect-hcp/sdk")
const { Tenants } = require("@effect-hcp/sdk/mapi")
const { S3 } = require("@effect-hcp/s3")
const { Simulator } = require("@effect-hcp/simulator")
const { Spool } = require("@effect-hcp/spool")
const { Jobs } = require("@effect-hcp/jobs")

const same = require("@effect-hcp/sdk/Retention")
const functions = [Hcp.layer, Tenants.list, S3.layerHcp, Simulator.layer, Spool.layer, Jobs.layerJournal, Retention.years]
if (same.years !== Retention.years || !functions.every((value) => typeof value === "function")) {
  throw new Error("require gives something else")
}
process.stdout.write("ok\n")
