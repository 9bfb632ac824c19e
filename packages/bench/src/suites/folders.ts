/**
 * Folders: 3,000 files of 10 KiB, and 4 of 256 MiB, up, up again with nothing changed, and down, by a program that uses
 * `Transfer` and by rclone over S3, each a process from its start to its end; the small ones also by the command `hcp`,
 * by the AWS SDK and its `lib-storage`, and what has not changed also by a loop that looks at each object and hashes each
 * file. All go to the same server, which does as little as may be.
 */
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type BenchError, toBenchError } from "../benchError.ts"
import { blocksOf } from "../blocks.ts"
import * as ChildProcess from "../childProcess.ts"
import { fqdn } from "../clients/verbs.ts"
import * as Compiled from "../compiled.ts"
import { atMost, type Figure, plain } from "../figure.ts"
import * as PeersFolder from "../peersFolder.ts"
import { median } from "../statistics.ts"
import type { Plan, Report, Suite } from "../suite.ts"
import * as TimedCommand from "../timedCommand.ts"
import { Arrived } from "./foldersProtocol.ts"

const suite = "folders"
const transfers = 8

const ways = ["up", "up again", "down"] as const

/** @see {@link ways} */
type Way = (typeof ways)[number]

/** What is in a folder. */
interface Content {
  readonly files: number
  readonly fileBytes: number
  /** What one of the files is called in the results. */
  readonly size: string
  readonly rounds: number
  /** Beside rclone: of CPU time and of time. */
  readonly targets: Partial<Readonly<Record<Way, number>>>
  /** How many requests a file may take on its way up. */
  readonly requestsTarget?: number
  /** Whether they fit into one request each, as all that the server takes of S3. */
  readonly isSmall: boolean
}

/** Of the bytes of the files, where all of them are there already. */
const againTarget = 0.01

const kibi = 1024

const contentsOf = ({ quick, rounds }: Plan): ReadonlyArray<Content> => [
  {
    rounds: quick ? 1 : Math.ceil(rounds * 0.6),
    files: quick ? 600 : 3_000,
    fileBytes: 10 * kibi,
    size: "10 KiB",
    targets: { up: 1, down: 1.2 },
    requestsTarget: 1,
    isSmall: true
  },
  {
    rounds: quick ? 1 : Math.ceil(rounds * 0.4),
    files: 4,
    fileBytes: (quick ? 32 : 256) * kibi ** 2,
    size: quick ? "32 MiB" : "256 MiB",
    targets: {},
    isSmall: false
  }
]

/** What a program did in all rounds, and what arrived at the server in the last one. */
interface Done {
  readonly way: Way
  readonly took: ReadonlyArray<TimedCommand.Took>
  readonly arrived: Arrived
}

/** A program that copies: its name, and how it is called. */
interface Program {
  readonly name: string
  /** Defaults to all. */
  readonly ways?: ReadonlyArray<Way>
  readonly command: (way: Way, folder: string, directory: string) => readonly [string, ReadonlyArray<string>]
}

const ownName = "Transfer"

const own = (program: URL, port: number, files: number): Program => ({
  name: ownName,
  command: (way, folder, directory) => [
    process.execPath,
    [fileURLToPath(program), way === "down" ? "down" : "up", folder, `/${directory}`, String(port), String(files)]
  ]
})

/** The least that proves that nothing has changed: it has stored nothing itself, so it trusts no clock. */
/** The command, which is bundled and keeps what Node has compiled, as rclone is compiled. */
const commandName = "hcp cp -r"

const hcp = fileURLToPath(new URL("../../../cli/bin/hcp.js", import.meta.url))

const command = (port: number): Program => ({
  name: commandName,
  command: (way, folder, directory) => {
    const settings = {
      HCP_FQDN: fqdn,
      HCP_ADDRESSES: "127.0.0.1",
      HCP_PORT: port,
      HCP_TLS: false,
      HCP_USERNAME: "n",
      HCP_PASSWORD: "n01"
    }
    return [
      "env",
      [
        ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
        process.execPath,
        hcp,
        ...["cp", "-r", "--quiet", "--if-exists", "skip"],
        ...(way === "down" ? [`/${directory}`, `file:${folder}`] : [`file:${folder}`, `/${directory}`])
      ]
    ]
  }
})

const loopName = "loop"

const loop = (program: URL, port: number, files: number): Program => ({
  name: loopName,
  ways: ["up again"],
  command: (_way, folder, directory) => [
    process.execPath,
    [fileURLToPath(program), "compare", folder, `/${directory.replace(loopName, ownName)}`, String(port), String(files)]
  ]
})

/** The program that targets are about. */
const measure = "rclone"

const rclone = (port: number): Program => ({
  name: measure,
  command: (way, folder, directory) => {
    const remote = `:s3:${directory}`
    const s3 = ["provider=Other", "access-key-id=n", "secret-access-key=n01", "force-path-style=true"]
    return [
      "rclone",
      [
        "copy",
        ...(way === "down" ? [remote, folder] : [folder, remote]),
        `--s3-endpoint=http://127.0.0.1:${port}`,
        ...s3.map((option) => `--s3-${option}`),
        `--transfers=${transfers}`,
        `--checkers=${transfers}`,
        // The server takes an object as one request.
        "--s3-upload-cutoff=5G",
        "--config=",
        "--quiet"
      ]
    ]
  }
})

const libStorage = (port: number): Program => ({
  name: "lib-storage",
  // It looks at nothing before, and would store everything again.
  ways: ["up", "down"],
  command: (way, folder, directory) => [
    process.execPath,
    [fileURLToPath(PeersFolder.fileOf("folder.js")), way === "down" ? "down" : "up", folder, directory, String(port)]
  ]
})

const work = Effect.fnUntraced(function* (
  programs: ReadonlyArray<Program>,
  look: Effect.Effect<Arrived, BenchError>,
  source: string,
  rounds: number,
  files: number
): Effect.fn.Return<ReadonlyMap<Program, ReadonlyArray<Done>>, BenchError, Scope.Scope> {
  const done = new Map(programs.map((program) => [program, new Map<Way, Done>()]))
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) {
      const taking = programs.filter((program) => (program.ways ?? ways).includes(way))
      for (const program of round % 2 === 0 ? taking : taking.reverse()) {
        const folder = way === "down" ? yield* temporary : source
        yield* look
        const took = yield* TimedCommand.run(...program.command(way, folder, `bench/${program.name}-${files}-${round}`))
        const known = done.get(program)
        known?.set(way, { way, took: [...(known.get(way)?.took ?? []), took], arrived: yield* look })
      }
    }
  }
  return new Map([...done].map(([program, byWay]) => [program, [...byWay.values()]]))
})

const temporary: Effect.Effect<string, BenchError, Scope.Scope> = Effect.acquireRelease(
  Effect.tryPromise({ try: () => Fs.mkdtemp(Path.join(Os.tmpdir(), "effect-hcp-bench-")), catch: toBenchError }),
  (folder) => Effect.promise(() => Fs.rm(folder, { recursive: true }))
)

const filled = ({ fileBytes, files }: Content): Effect.Effect<string, BenchError, Scope.Scope> =>
  Effect.tap(temporary, (folder) =>
    Effect.tryPromise({
      try: async () => {
        const content = Buffer.concat([...blocksOf(fileBytes)])
        for (let file = 0; file < files; file++) await Fs.writeFile(Path.join(folder, `${file}.bin`), content)
      },
      catch: toBenchError
    })
  )

const cpuOf = ({ took }: Done): number => median(took.map(({ cpu }) => cpu))
const wallOf = ({ took }: Done): number => median(took.map(({ wall }) => wall))

/** The median of the ratios of the rounds. */
const ratio = (subject: Done, baseline: Done, of: keyof TimedCommand.Took): number =>
  median(subject.took.map((took, round) => took[of] / (baseline.took[round]?.[of] ?? Number.NaN)))

const nameOf = ({ files, size }: Content): string => `${files.toLocaleString("en")} x ${size}`

/** What a program did in one way. */
interface Other {
  readonly name: string
  readonly done: Done
}

const figuresOf = (
  { done: ours, name }: Other,
  others: ReadonlyArray<Other>,
  content: Content
): ReadonlyArray<Figure> => {
  const { fileBytes, files, requestsTarget, targets } = content
  const by = name === ownName ? "" : ` by ${name}`
  const about = (metric: string) => ({ suite, case: `${nameOf(content)} ${ours.way}${by}`, metric })
  const compared = others.flatMap(({ done, name: other }) =>
    (
      [
        ["CPU", "cpu"],
        ["time", "wall"]
      ] as const
    ).map(([what, of]) => {
      const subject = about(`${what} ratio to ${other}`)
      const target = other === measure ? targets[ours.way] : undefined
      const value = ratio(ours, done, of)
      return target === undefined ? plain(subject, value) : atMost(subject, value, target)
    })
  )
  const { bodyBytes, requests } = ours.arrived
  if (ours.way === "up" && requestsTarget !== undefined) {
    compared.push(atMost(about("requests a file"), requests / files, requestsTarget))
  }
  if (ours.way === "up again") {
    compared.push(atMost(about("share of the bytes sent"), bodyBytes / (files * fileBytes), againTarget))
  }
  return compared
}

const report = (done: ReadonlyMap<Program, ReadonlyArray<Done>>, content: Content): Report => {
  const all = [...done].flatMap(([{ name }, each]) => each.map((done) => ({ name, done })))
  const isOwn = ({ name }: Other): boolean => name === ownName || name === commandName
  const others = all.filter((each) => !isOwn(each))
  return {
    figures: all.filter(isOwn).flatMap((one) =>
      figuresOf(
        one,
        others.filter(({ done }) => done.way === one.done.way),
        content
      )
    ),
    tables: [
      {
        title: `A folder of ${content.files.toLocaleString("en")} files of ${content.size}, whole processes`,
        columns: ["", "program", "seconds", "CPU seconds", "requests", "MB of bodies"],
        rows: ways.flatMap((way) =>
          [...done].flatMap(([{ name }, ways]) =>
            ways
              .filter((one) => one.way === way)
              .map((one) => [
                way,
                name,
                wallOf(one).toFixed(2),
                cpuOf(one).toFixed(2),
                String(one.arrived.requests),
                (one.arrived.bodyBytes / 1e6).toFixed(1)
              ])
          )
        )
      }
    ],
    charts: [],
    notes: others.every(({ name }) => name !== measure)
      ? [`${measure} is not installed, so there is nothing to compare with`]
      : []
  }
}

const joined = (reports: ReadonlyArray<Report>): Report => ({
  figures: reports.flatMap(({ figures }) => figures),
  tables: reports.flatMap(({ tables }) => tables),
  charts: [],
  notes: [...new Set(reports.flatMap(({ notes }) => notes))]
})

/** @see {@link report} */
export const folders: Suite = {
  name: suite,
  about: "3,000 files of 10 KiB and 4 of 256 MiB up and down, Transfer beside rclone and the AWS SDK",
  needsPeers: true,
  seconds: (plan) => 5 + contentsOf(plan).reduce((sum, { rounds }) => sum + rounds, 0) * (plan.quick ? 5 : 17),
  run: (plan) =>
    Effect.gen(function* () {
      const program = yield* Compiled.program("folderProgram", ["sdk", "cli"])
      const service = yield* ChildProcess.start(new URL("../folderService.ts", import.meta.url), [])
      const port = yield* service.next(Schema.Int)
      const look = Effect.andThen(service.tell({}), service.next(Arrived))
      const isInstalled = yield* PeersFolder.isInstalled
      const isThere = yield* TimedCommand.isThere("rclone", "version")
      return joined(
        yield* Effect.forEach(contentsOf(plan), (content) =>
          Effect.scoped(
            Effect.gen(function* () {
              const { files, rounds } = content
              const programs = [
                own(program, port, files),
                ...(content.isSmall ? [command(port), loop(program, port, files)] : []),
                ...(isThere ? [rclone(port)] : []),
                ...(content.isSmall && isInstalled ? [libStorage(port)] : [])
              ]
              return report(yield* work(programs, look, yield* filled(content), rounds, files), content)
            })
          )
        )
      )
    })
}
