/** Names the test suites: `unit` needs nothing, `integration` a bare control plane or a peer, `e2e` a cluster, `long` more time. */
import { defineConfig } from "vitest/config";

const packages = "{crds,language,operator,runner,cli,scripts}";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [`${packages}/**/*.test.ts`, "test/unit/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          // Two shared cores: a deadline is there to end what hangs, not to measure.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/conformance/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/global-setup.ts",
          testTimeout: 300_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "long",
          include: ["test/long/**/*.test.ts"],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
