import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { workers } from "./.ci/workers.ts"

// The packages' sources are tested, not their builds.
const conditions = ["@effect-hcp/source", "node", "default"]

// Only with `--mode interop`: needs programs that a clean machine does not have, or half a minute for one test.
const interop = {
  extends: true as const,
  test: { name: "interop", include: ["packages/*/test/**/*.interop.test.ts"], hookTimeout: 60_000 }
}

// They look at the memory or the CPU time of their process, which must not be that of other tests.
const measuring = [
  "packages/console/test/events.test.ts",
  "packages/sdk/test/xml.test.ts",
  "packages/sdk/test/namespace/Directory.test.ts",
  "packages/simulator/test/adversarialInput.test.ts",
  "packages/simulator/test/manyObjects.test.ts"
]

export default defineConfig(({ mode }) => ({
  plugins: [
    {
      // A thread that strips its types by itself takes twice as long to start.
      ...workers,
      enforce: "pre",
      // The cache knows a module by its own text, and would keep the thread in it when only that has changed.
      configureVitest: ({ defineCacheKeyGenerator }) =>
        defineCacheKeyGenerator(({ sourceCode }) => (sourceCode.includes("new Worker(") ? false : undefined))
    }
  ],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    passWithNoTests: true,
    fakeTimers: { toFake: [] },
    testTimeout: 30_000,
    // Programs that tests start need not compile what the one before has compiled: a third of their CPU time.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/node", import.meta.url)) },
    // Many tests wait for timeouts of the network, so a core less would be a core idle.
    maxWorkers: "100%",
    coverage: {
      provider: "v8",
      include: [
        "packages/cli/src/**/*.ts",
        "packages/console/src/*.ts",
        "packages/console/src/internal/**/*.ts",
        "packages/jobs/src/**/*.ts",
        "packages/s3/src/**/*.ts",
        "packages/sdk/src/**/*.ts",
        "packages/simulator/src/**/*.ts",
        "packages/spool/src/**/*.ts",
        "packages/swift/src/**/*.ts"
      ],
      exclude: ["**/index.ts", "**/bin.ts"],
      reporter: ["text"],
      thresholds: { lines: 80 }
    },
    // `include` lives in the projects only: with `extends: true` arrays are concatenated.
    projects:
      mode === "interop"
        ? [interop]
        : [
            {
              extends: true,
              test: {
                name: "unit",
                // They open no sockets and keep nothing in modules: to load the modules anew for each of the files
                // takes longer than all the tests in them.
                isolate: false,
                include: ["packages/*/test/**/*.test.ts"],
                exclude: ["**/*.loopback.test.ts", "**/*.interop.test.ts", "**/node_modules/**", ...measuring]
              }
            },
            { extends: true, test: { name: "measuring", include: measuring } },
            {
              extends: true,
              test: {
                name: "loopback",
                globalSetup: ".ci/testPrograms.ts",
                // As with the unit tests; what they open is closed with its scope.
                isolate: false,
                include: ["packages/*/test/**/*.loopback.test.ts"],
                // Many start programs, which takes long where much else runs. What hangs is still found.
                testTimeout: 90_000
              }
            }
          ]
  }
}))
