/**
 * Checks the packages as those who install them get them: packed, beside nothing but what they depend on.
 *
 * Run it after `npm run build`. It packs all packages into a folder of its own, and there it
 * - compiles strict projects with every type that is public (TypeScript 5.9 and 7, `skipLibCheck: false`, no `@types`
 *   but those of Node),
 * - runs plain JavaScript and CommonJS, and bundles of esbuild as ESM and CommonJS,
 * - asks for modules that `exports` does not list,
 * - compares what the root of a package costs a bundle with what the subpath costs,
 * - has npm install the tarballs of the command `hcp` into an empty folder and calls it by `npx @effect-hcp/cli`, and
 *   runs it and the simulator in folders where there is no other package: their programs hold all they need.
 *
 * `npm run consumers -- --runtimes` instead runs a client on Bun and Deno, which npm brings, against a simulator on
 * Node. `CONSUMER_NODE` is another Node to run the programs on. Dependencies are those of the lock file of this
 * repository; TypeScript 5.9 and esbuild have a lock file of their own in `consumers`.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { promisify } from "node:util"
import { allModules, folderOf, manifestOf, published, repository } from "./modules.ts"

const here = Path.join(import.meta.dirname, "consumers")
const node = process.env.CONSUMER_NODE ?? process.execPath
const compilers = {
  "TypeScript 5.9": Path.join(here, "node_modules/typescript/lib/tsc.js"),
  "TypeScript 7": Path.join(repository, "node_modules/typescript/bin/tsc")
}
const rolldown = Path.join(here, "node_modules/rolldown/bin/cli.mjs")
const esbuild = Path.join(here, "node_modules/esbuild/bin/esbuild")

const complaints: Array<string> = []

/** Runs a program and gives what it printed, or why it ended with an error. */
const run = (command: string, args: ReadonlyArray<string>, cwd: string): Promise<{ ok: boolean; output: string }> =>
  promisify(execFile)(command, args, { cwd, timeout: 300_000, maxBuffer: 16 * 1024 * 1024 }).then(
    ({ stderr, stdout }) => ({ ok: true, output: `${stdout}${stderr}` }),
    (error: { stdout?: string; stderr?: string; message: string }) => ({
      ok: false,
      output: `${error.stdout ?? ""}${error.stderr ?? ""}` || error.message
    })
  )

/** A step that must succeed, and print `prints` where that is given, and nothing else. */
const expect = async (
  what: string,
  command: string,
  args: ReadonlyArray<string>,
  cwd: string,
  prints?: string
): Promise<void> => {
  const started = performance.now()
  const { ok, output } = await run(command, args, cwd)
  if (!ok || (prints !== undefined && output !== prints)) complaints.push(`${what}:\n${output.trimEnd()}`)
  else process.stdout.write(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** Everything that must be beside `names`, as paths like `node_modules/a/node_modules/b`. */
const closureOf = (names: Iterable<string>): ReadonlySet<string> => {
  const { packages }: { packages: Readonly<Record<string, Locked>> } = JSON.parse(
    Fs.readFileSync(Path.join(repository, "package-lock.json"), "utf8")
  )
  const found = new Set<string>()
  const visit = (name: string, from: string) => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
      const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`
      const entry = packages[path]
      if (entry !== undefined) {
        if (found.has(path)) return
        found.add(path)
        const peers = Object.keys(entry.peerDependencies ?? {}).filter(
          (peer) => entry.peerDependenciesMeta?.[peer]?.optional !== true
        )
        for (const next of [...Object.keys(entry.dependencies ?? {}), ...peers]) visit(next, path)
        return
      }
      if (folder === "") throw new Error(`package-lock.json does not have ${name}, which ${from || "a package"} needs`)
    }
  }
  for (const name of names) visit(name, "")
  return found
}

/** A project with our packages as they are packed, and what they depend on; `@types/node` is all it adds. */
const install = async (project: string): Promise<void> => {
  const needs = new Set(["effect", "@types/node"])
  for (const name of published) {
    const { dependencies = {}, peerDependencies = {} } = manifestOf(folderOf(name))
    for (const need of [...Object.keys(dependencies), ...Object.keys(peerDependencies)]) {
      if (!need.startsWith("@effect-hcp/")) needs.add(need)
    }
  }
  for (const path of closureOf(needs)) {
    const from = Path.join(repository, path)
    Fs.cpSync(from, Path.join(project, path), {
      recursive: true,
      filter: (file) => !file.slice(from.length).split(Path.sep).includes("node_modules")
    })
  }
  for (const name of published) {
    const packed = await run(
      "npm",
      ["pack", "--json", "--ignore-scripts", "--pack-destination", project],
      folderOf(name)
    )
    if (!packed.ok) throw new Error(packed.output)
    const tarball = Fs.readdirSync(project).find((file) => file.startsWith(`effect-hcp-${name}-`))
    if (tarball === undefined) throw new Error(`npm packed nothing: ${packed.output}`)
    const folder = Path.join(project, "node_modules/@effect-hcp", name)
    Fs.mkdirSync(folder, { recursive: true })
    const unpacked = await run("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"], project)
    if (!unpacked.ok) throw new Error(unpacked.output)
    for (const file of ["README.md", "LICENSE", "CHANGELOG.md", "AGENTS.md"]) {
      if (!Fs.existsSync(Path.join(folder, file))) complaints.push(`${tarball} lacks ${file}`)
    }
  }
}

const projectOf = (module: string, moduleResolution: string, include: ReadonlyArray<string>, outDir: string) =>
  JSON.stringify({
    compilerOptions: {
      target: "ES2022",
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      verbatimModuleSyntax: true,
      skipLibCheck: false,
      allowJs: true,
      checkJs: true,
      declaration: true,
      types: ["node"],
      outDir
    },
    include
  })

/** Strict projects of every public module, with both compilers. */
const types = async (project: string): Promise<void> => {
  const names = Array.from(allModules.keys())
  const imports = names.map((name, index) => `import * as M${index} from ${JSON.stringify(name)}`)
  const all = `export const all: ReadonlyArray<object> = [${names.map((_, index) => `M${index}`).join(", ")}]`
  Fs.writeFileSync(Path.join(project, "everything.ts"), `${imports.join("\n")}\n${all}\n`)
  const projects = {
    nodenext: projectOf(
      "nodenext",
      "nodenext",
      ["everything.ts", "strict.ts", "program.mjs", "typed.cts"],
      "out/nodenext"
    ),
    bundler: projectOf("preserve", "bundler", ["everything.ts", "strict.ts", "program.mjs"], "out/bundler")
  }
  for (const [name, text] of Object.entries(projects)) Fs.writeFileSync(Path.join(project, `${name}.json`), text)
  for (const [compiler, path] of Object.entries(compilers)) {
    for (const name of Object.keys(projects)) {
      await expect(`${compiler}, ${name}`, process.execPath, [path, "-p", `${name}.json`], project, "")
    }
  }
}

/** Plain JavaScript, required, bundled. */
const programs = async (project: string): Promise<void> => {
  await expect("plain JavaScript", node, ["program.mjs"], project, "ok\n")
  await expect("require", node, ["program.cjs"], project, "ok\n")
  const common = ["--bundle", "--platform=node", "--target=node22.19", "--log-level=warning"]
  // Dependencies that are CommonJS ask for Node's own modules by `require`, which ESM does not have. The banner takes
  // no other name: the platform of Effect imports `createRequire` itself.
  const banner = `--banner:js=const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);`
  await expect(
    "esbuild, ESM",
    esbuild,
    ["program.mjs", ...common, "--format=esm", banner, "--outfile=bundle.mjs"],
    project,
    ""
  )
  await expect(
    "esbuild, CommonJS",
    esbuild,
    ["program.mjs", ...common, "--format=cjs", "--outfile=bundle.cjs"],
    project,
    ""
  )
  // Bundles stand alone: they run where there are no packages.
  const alone = Path.join(Path.dirname(project), "alone")
  Fs.mkdirSync(alone)
  for (const file of ["bundle.mjs", "bundle.cjs"]) {
    if (!Fs.existsSync(Path.join(project, file))) continue
    Fs.copyFileSync(Path.join(project, file), Path.join(alone, file))
    await expect(`the bundle as ${file === "bundle.mjs" ? "ESM" : "CommonJS"}`, node, [file], alone, "ok\n")
  }
}

/** What `exports` does not list cannot be imported, whole internals least of all. */
const blocked = async (project: string): Promise<void> => {
  const names = ["internal/request/call", "namespace/Namespace", "mapi/internal/call", "index", "Hcp.ts", "dist/Hcp.js"]
  const script = `
    const names = ${JSON.stringify(names)}
    const open = []
    for (const name of names) {
      await import("@effect-hcp/sdk/" + name).then(() => open.push(name), (error) => {
        if (error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error
      })
    }
    process.stdout.write(open.join(" ") + "ok\\n")`
  await expect("modules that are not listed", node, ["--input-type=module", "--eval", script], project, "ok\n")
}

/**
 * A name from the root of a package brings no more into a bundle than the same by its subpath. Rolldown says so, which
 * bundles as Rollup and Vite do; esbuild keeps more of modules that are imported when they are needed.
 */
const shaken = async (project: string): Promise<void> => {
  const sizeOf = async (name: string, line: string): Promise<number> => {
    Fs.writeFileSync(Path.join(project, `${name}.js`), `${line}\nprocess.stdout.write(String(Retention.years(1)))\n`)
    const args = [rolldown, `${name}.js`, "--platform", "node", "--format", "esm", "--minify", "--dir", `out/${name}`]
    const { ok, output } = await run(process.execPath, args, project)
    if (!ok) complaints.push(`${name}:\n${output}`)
    const files = ok ? Fs.readdirSync(Path.join(project, "out", name)) : []
    return files.reduce((sum, file) => sum + Fs.statSync(Path.join(project, "out", name, file)).size, 0)
  }
  const root = await sizeOf("fromRoot", `import { Retention } from "@effect-hcp/sdk"`)
  const subpath = await sizeOf("fromSubpath", `import * as Retention from "@effect-hcp/sdk/Retention"`)
  process.stdout.write(`Retention in a bundle: ${root} bytes from the root, ${subpath} by its subpath\n`)
  if (root > subpath * 1.01) complaints.push(`Retention from the root costs ${root} bytes, by its subpath ${subpath}`)
}

/** The variables of a simulated system, as soon as it is ready. */
const simulated = async (
  project: string,
  command = "node_modules/@effect-hcp/simulator/bin/hcp-simulator.js",
  more: ReadonlyArray<string> = []
): Promise<{ child: ChildProcess; env: Readonly<Record<string, string>>; console: string | undefined }> => {
  const ports = ["http", "https", "admin", "mapi", "dns"].flatMap((name) => [`--${name}-port`, "0"])
  const args = ["--json", "--ca-file", "ca.pem", "--first-address", "127.0.71.1", ...ports, ...more]
  const child = spawn(node, [command, ...args], { cwd: project, stdio: ["ignore", "pipe", "inherit"] })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString()))
    child.once("exit", (code) => reject(new Error(`the simulator ended with ${code}`)))
  })
  const {
    console,
    nameServer,
    systems
  }: { console?: string; nameServer: string; systems: ReadonlyArray<{ ports: { https: number } }> } = JSON.parse(line)
  return {
    child,
    console,
    env: {
      HCP_FQDN: "n1.t1.hcp1.example.com",
      HCP_PORT: String(systems[0]?.ports.https),
      HCP_USERNAME: "n",
      HCP_PASSWORD: "n01",
      HCP_CA_FILE: Path.join(project, "ca.pem"),
      HCP_NAME_SERVERS: nameServer
    }
  }
}

/** The commands, as npm installs them and as they are by themselves. */
const commands = async (project: string): Promise<void> => {
  const root = Path.dirname(project)
  const tarballs = Fs.readdirSync(project).filter((file) => file.endsWith(".tgz"))
  const installed = Path.join(root, "installed")
  Fs.mkdirSync(installed)
  Fs.writeFileSync(Path.join(installed, "package.json"), JSON.stringify({ private: true }))
  const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]
  // The simulator and the console are not among them: nobody needs them for the command.
  const needed = tarballs.filter((file) => !/simulator|console/.test(file)).map((file) => Path.join(project, file))
  const { ok, output } = await run("npm", ["install", ...quiet, ...needed], installed)
  if (!ok) throw new Error(output)
  const { version } = manifestOf(folderOf("cli"))
  await expect(
    "npx @effect-hcp/cli",
    "npx",
    ["--no", "--", "@effect-hcp/cli", "--version"],
    installed,
    `hcp v${version}\n`
  )
  const bins = { cli: "bin/hcp.js", simulator: "bin/hcp-simulator.js" }
  for (const [name, bin] of Object.entries(bins)) {
    const folder = Path.join(root, name)
    Fs.cpSync(Path.join(project, "node_modules/@effect-hcp", name), folder, { recursive: true })
    // The program itself says its version where there is more on the command line.
    const line = `${Path.basename(bin, ".js")} v${version}\n`
    await expect(`${name} by itself`, node, [bin, "--version", "--log-level", "error"], folder, line)
  }
  const { child, env } = await simulated(Path.join(root, "simulator"), bins.simulator)
  try {
    Object.assign(process.env, env)
    const folder = Path.join(root, "cli")
    Fs.writeFileSync(Path.join(folder, "a file.txt"), "hello")
    await expect("hcp cp", node, [bins.cli, "cp", "a file.txt", "/a folder/", "--quiet"], folder)
    await expect("hcp cat", node, [bins.cli, "cat", "/a folder/a file.txt"], folder, "hello")
    await expect("hcp doctor", node, [bins.cli, "doctor"], folder)
    // The parsers that the client has for other computers are files of their own.
    for (const variable of ["UNDICI_NO_WASM_SIMD", "UNDICI_USE_MILO"]) {
      process.env[variable] = "1"
      await expect(variable, node, [bins.cli, "cat", "/a folder/a file.txt"], folder, "hello")
      delete process.env[variable]
    }
  } finally {
    child.kill()
  }
}

/** The web console of the simulator where it is installed beside it, and what is said where it is not. */
const consoles = async (project: string): Promise<void> => {
  const { child, console = "" } = await simulated(project, undefined, ["--console-port", "0"])
  try {
    const cookie = ((await fetch(console)).headers.get("set-cookie") ?? "").replace(/;.*/, "")
    const read = async (path: string) => (await fetch(new URL(path, console), { headers: { cookie } })).text()
    const app = await read("/app.js")
    const session = await read("/api/session")
    if (!app.includes("customElements.define")) complaints.push(`the packed console has no pages: ${app.slice(0, 200)}`)
    else if (!session.includes("hcp1.example.com")) complaints.push(`the packed console says ${session}`)
    else process.stdout.write(`the packed console: ${app.length} bytes of script\n`)
  } finally {
    child.kill()
  }
  // A simulator without the console beside it says so in one line, and ends.
  const alone = Path.join(Path.dirname(project), "simulator")
  const { ok, output } = await run(node, ["bin/hcp-simulator.js", "--console-port", "0", "--dns-port", "0"], alone)
  if (ok || !/^[^\n]*npm install @effect-hcp\/console[^\n]*\n$/.test(output)) {
    complaints.push(`hcp-simulator without a console says: ${output}`)
  }
}

/** The client on Bun and Deno. Their programs are packages of npm, without a script that would have to run. */
const runtimes = async (project: string): Promise<void> => {
  const machine = `${process.platform}-${process.arch}`
  const libc = process.platform === "linux" ? "-glibc" : ""
  const packages = { bun: `@oven/bun-${machine}@1.4.5`, deno: `@deno/${machine}${libc}@2.9.6` }
  const folder = Path.join(Path.dirname(project), "runtimes")
  Fs.mkdirSync(folder)
  Fs.writeFileSync(Path.join(folder, "package.json"), JSON.stringify({ private: true }))
  const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", ...Object.values(packages)]
  const { ok, output } = await run("npm", args, folder)
  if (!ok) throw new Error(output)
  const { child, env } = await simulated(project)
  try {
    Object.assign(process.env, env)
    const bun = Path.join(folder, `node_modules/@oven/bun-${machine}/bin/bun`)
    const deno = Path.join(folder, `node_modules/@deno/${machine}${libc}/deno`)
    await expect("Node", node, ["client.mjs", "Node"], project, "ok\n")
    await expect("Bun", bun, ["client.mjs", "Bun"], project, "ok\n")
    await expect(
      "Deno",
      deno,
      ["run", "--allow-all", "--node-modules-dir=manual", "client.mjs", "Deno"],
      project,
      "ok\n"
    )
  } finally {
    child.kill()
  }
}

const temporary = Fs.mkdtempSync(Path.join(Os.tmpdir(), "consumers-"))
try {
  const project = Path.join(temporary, "project")
  Fs.mkdirSync(project)
  Fs.writeFileSync(Path.join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
  for (const file of ["program.mjs", "program.cjs", "client.mjs", "strict.ts", "typed.cts"]) {
    Fs.copyFileSync(Path.join(here, file), Path.join(project, file))
  }
  await install(project)
  if (process.argv.includes("--runtimes")) await runtimes(project)
  else
    await Promise.all([
      types(project),
      programs(project)
        .then(() => blocked(project))
        .then(() => shaken(project))
        .then(() => commands(project))
        .then(() => consoles(project))
    ])
} finally {
  Fs.rmSync(temporary, { recursive: true, force: true })
}

if (complaints.length > 0) {
  process.stderr.write(
    `${complaints.join("\n\n")}\n\n${complaints.length} faults of the packages as they are installed\n`
  )
  process.exitCode = 1
}
