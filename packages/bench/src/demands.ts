/**
 * What was demanded of the speed of this project, row by row, and which figures of the suites answer each of it.
 */
import { type Figure, isMissed } from "./figure.ts"
import type { Table } from "./table.ts"

/** A figure that answers a demand, by a word for it where there are several. */
interface Answer extends Pick<Figure, "case" | "metric"> {
  readonly label: string
}

/** One demand. */
export interface Demand {
  readonly what: string
  readonly beside: string
  readonly target: string
  readonly suite: string
  readonly answers: ReadonlyArray<Answer>
  /** What was measured by hand, beside a state of the project that no suite has. It meets the target. */
  readonly once?: string
}

const verbs = ["GET", "HEAD", "PUT"] as const
const door = "@effect-hcp/s3, /hs3"

const ofVerbs = (client: string, metric: string): ReadonlyArray<Answer> =>
  verbs.map((verb) => ({ label: verb, case: `${client}: ${verb} 1 KiB, 64 fibers`, metric }))

const ofFacades = (work: string, beside: string, label: string): ReadonlyArray<Answer> =>
  [
    ["Namespace", "Namespace"],
    ["S3", door]
  ].map(([name, client]) => ({
    label: `${name} ${label}`.trim(),
    case: `${client}: ${work}, 64 fibers`,
    metric: `CPU ratio to ${beside}`
  }))

const ofWaiting = (client: string): ReadonlyArray<Answer> =>
  ["RSS growth, MB", "RSS growth after the second round, MB"].map((metric, later) => ({
    label: later === 0 ? client : `${client}, later`,
    case: `${client}, 10,000 fibers, 64 connections, five rounds`,
    metric
  }))

const ofFolder = (way: string, ...metrics: ReadonlyArray<string>): ReadonlyArray<Answer> =>
  metrics.map((metric) => ({
    label: metrics.length === 1 ? "" : (metric.split(" ratio")[0] ?? ""),
    case: `3,000 x 10 KiB ${way}`,
    metric
  }))

/** In the order in which they were demanded. */
export const demands: ReadonlyArray<Demand> = [
  {
    what: "`Namespace` GET, HEAD, PUT of 1 KiB at 64, CPU an operation",
    beside: "`HcpClient`",
    target: "at most 1.1",
    suite: "facade",
    answers: ofVerbs("Namespace", "CPU ratio to HcpClient")
  },
  {
    what: "the same",
    beside: "Effect's `HttpClient`",
    target: "at most 0.45",
    suite: "facade",
    answers: ofVerbs("Namespace", "CPU ratio to Effect HttpClient")
  },
  {
    what: "its memory",
    beside: "`HcpClient`",
    target: "at most 1.15",
    suite: "facade",
    answers: [{ label: "", case: "Namespace: GET, HEAD, PUT 1 KiB, 64 fibers", metric: "peak RSS ratio to HcpClient" }]
  },
  {
    what: "GET and PUT of 1 KiB as a stream",
    beside: "the same in memory",
    target: "at most 1.6",
    suite: "facade",
    answers: [...ofFacades("GET as Stream", "GET", "GET"), ...ofFacades("PUT of Stream", "PUT", "PUT")]
  },
  {
    what: "PUT of a 10 KiB file",
    beside: "of bytes",
    target: "at most 1.4",
    suite: "facade",
    answers: ofFacades("PUT of 10 KiB file", "PUT of 10 KiB", "")
  },
  {
    what: "S3 at `/hs3`, GET, HEAD, PUT of 1 KiB at 64",
    beside: "`HcpClient`",
    target: "at most 1.15",
    suite: "facade",
    answers: ofVerbs(door, "CPU ratio to HcpClient")
  },
  {
    what: "S3 V4 at 64, operations",
    beside: "`@aws-sdk/client-s3`",
    target: "at least 6",
    suite: "s3",
    answers: ["PUT", "GET"].map((verb) => ({
      label: verb,
      case: `@effect-hcp/s3: ${verb} 1 KiB, 64 fibers`,
      metric: "ops ratio to @aws-sdk/client-s3"
    }))
  },
  {
    what: "64 KiB, 1 MiB GET and PUT, verified, 16 at a time, CPU",
    beside: "undici and a hash",
    target: "at most 1.15",
    suite: "sizes",
    answers: ["64 KiB", "1 MiB"].flatMap((size) =>
      ["GET", "PUT"].map((verb) => ({
        label: `${verb} ${size}`,
        case: `${verb} ${size}, verified, 16 fibers`,
        metric: "CPU ratio to undici and a hash"
      }))
    )
  },
  {
    what: "1 GiB down, CPU, not verified",
    beside: "undici `for await`",
    target: "at most 1.1",
    suite: "large",
    answers: [{ label: "", case: "1 GiB down", metric: "CPU ratio to undici" }]
  },
  {
    what: "1 GiB down into a file, CPU, not verified",
    beside: "undici into a file",
    target: "at most 1.0",
    suite: "large",
    answers: [{ label: "", case: "1 GiB down into file", metric: "CPU ratio to undici" }]
  },
  {
    what: "peak memory, 5 GiB down to a slow reader",
    beside: "raw undici",
    target: "at most 1.05",
    suite: "memory",
    answers: [{ label: "", case: "5 GiB down", metric: "peak RSS, ratio to undici" }]
  },
  {
    what: "`Transfer.upload`, 3,000 x 10 KiB, CPU and time",
    beside: "rclone",
    target: "at most 1.0",
    suite: "folders",
    answers: ofFolder("up", "CPU ratio to rclone", "time ratio to rclone")
  },
  {
    what: "its requests, where nothing is there",
    beside: "a file",
    target: "at most 1",
    suite: "folders",
    answers: ofFolder("up", "requests a file")
  },
  {
    what: "the same folder a second time, unchanged: the share of the bytes that is sent",
    beside: "all of them",
    target: "at most 0.01",
    suite: "folders",
    answers: ofFolder("up again", "share of the bytes sent")
  },
  {
    what: "the same folder a second time, unchanged: CPU",
    beside: "the state in which it was demanded",
    target: "at most 1.1",
    suite: "folders",
    answers: [],
    once: "0.69 (by hand, five rounds in turns, 0.59 to 0.91)"
  },
  {
    what: "the same",
    beside: "a loop that looks at each object and hashes each file",
    target: "none",
    suite: "folders",
    answers: ofFolder("up again", "CPU ratio to loop")
  },
  {
    what: "`Transfer.download` of the same, CPU and time",
    beside: "rclone",
    target: "at most 1.2",
    suite: "folders",
    answers: ofFolder("down", "CPU ratio to rclone", "time ratio to rclone")
  },
  {
    what: "the same up by `hcp cp -r`, CPU and time",
    beside: "rclone",
    target: "at most 1.0",
    suite: "folders",
    answers: ofFolder("up by hcp cp -r", "CPU ratio to rclone", "time ratio to rclone")
  },
  {
    what: "the same down by `hcp cp -r`, CPU and time",
    beside: "rclone",
    target: "at most 1.2",
    suite: "folders",
    answers: ofFolder("down by hcp cp -r", "CPU ratio to rclone", "time ratio to rclone")
  },
  {
    what: "a deadline set",
    beside: "plain",
    target: "at most 1.1",
    suite: "ways",
    answers: [{ label: "", case: "GET, deadline, 32 fibers", metric: "CPU ratio to GET" }]
  },
  {
    what: "the tracer on",
    beside: "plain",
    target: "at most 1.25",
    suite: "ways",
    answers: [{ label: "", case: "GET, tracer on, 32 fibers", metric: "CPU ratio to GET" }]
  },
  {
    what: "log level Debug on",
    beside: "plain",
    target: "at most 1.3",
    suite: "ways",
    answers: [{ label: "", case: "GET, level Debug, 32 fibers", metric: "CPU ratio to GET" }]
  },
  {
    what: "10,000 fibers over 64 connections, five rounds: MB beyond the first use, and after the second round",
    beside: "the client before",
    target: "at most 150, and 15",
    suite: "waiting",
    answers: ["HcpClient", "Namespace"].flatMap(ofWaiting)
  },
  {
    what: "`hcp-simulator --help`, CPU seconds",
    beside: "",
    target: "at most 0.25",
    suite: "tools",
    answers: [{ label: "", case: "hcp-simulator --help", metric: "CPU seconds" }]
  },
  {
    what: "ranged GET of one large object from four nodes of 100 MB/s each",
    beside: "one stream",
    target: "at least 3",
    suite: "ranges",
    answers: [{ label: "", case: "256 MiB down into file, 4 nodes of 100 MB/s", metric: "rate ratio to one stream" }]
  },
  {
    what: "the same from nodes of 25 MB/s, for which two cores are enough",
    beside: "one stream",
    target: "at least 3",
    suite: "ranges",
    answers: [{ label: "", case: "72 MiB down into file, 4 nodes of 25 MB/s", metric: "rate ratio to one stream" }]
  },
  {
    what: "a listing, MB of XML a second, and MB of memory",
    beside: "",
    target: "at least 30, at most 100",
    suite: "listing",
    answers: [
      { label: "MB/s", case: "100,000 entries", metric: "MB of XML a second" },
      { label: "MB", case: "100,000 entries", metric: "RSS growth, MB" }
    ]
  },
  {
    what: "a million objects in one folder of the simulator: seconds to start, bytes of memory each",
    beside: "",
    target: "at most 10, 1,000",
    suite: "simulator",
    answers: [
      { label: "s", case: "1,000,000 objects in a directory", metric: "start, s" },
      { label: "bytes", case: "1,000,000 objects in a directory", metric: "resident set, bytes an object" }
    ]
  }
]

const isOf = ({ suite }: Demand, answer: Answer, figure: Figure): boolean =>
  figure.suite === suite && figure.case === answer.case && figure.metric === answer.metric

const shown = (value: number): string => (Math.abs(value) < 100 ? value.toPrecision(3) : Math.round(value).toString())

/** By how much a target is missed, whichever way it points. */
const missedBy = ({ target = 0, value }: Figure): string => {
  const share = Math.abs(value - target) / Math.abs(value > target ? target : value)
  return `${Math.ceil(share * 100)} %`
}

const isJudged = ({ once }: Demand, found: ReadonlyArray<{ readonly figure: Figure }>): boolean =>
  once !== undefined || found.some(({ figure }) => figure.ok !== undefined)

/** Every demand, beside what was measured. */
export const demandsTable = (figures: ReadonlyArray<Figure>): Table => ({
  title: "What was demanded, and what was measured",
  columns: ["", "beside", "target", "measured", "missed by", "suite"],
  rows: demands.map((demand) => {
    const found = demand.answers.flatMap((answer) =>
      figures.filter((figure) => isOf(demand, answer, figure)).map((figure) => ({ label: answer.label, figure }))
    )
    const each = (text: (figure: Figure) => string, some: typeof found) =>
      some.map(({ figure, label }) => `${label} ${text(figure)}`.trim()).join(", ")
    const missed = found.filter(({ figure }) => isMissed(figure))
    return [
      demand.what,
      demand.beside,
      demand.target,
      demand.once ?? (found.length === 0 ? "not measured" : each(({ value }) => shown(value), found)),
      missed.length > 0 ? each(missedBy, missed) : isJudged(demand, found) ? "met" : "",
      demand.suite
    ]
  })
})
