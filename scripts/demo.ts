/** The demo: one report end to end, on a real cluster or, with --local, without any. `--down` takes the native cluster away. */
import { parseArgs } from "node:util";
import { newProgress } from "../test/cluster/progress.ts";
import { takeDown } from "../test/cluster/take-down.ts";
import { explainFailure } from "./demo/explain-failure.ts";
import { runLocally } from "./demo/local.ts";
import { runOnCluster } from "./demo/on-cluster.ts";

const usage = `npm run demo                                            on kind where Docker answers, else on a native one-node cluster
npm run demo -- --context NAME --image-repository REPO  on the cluster of a kubeconfig context
npm run demo -- --local [--postgresql URL]              without a cluster; URL names a PostgreSQL with the example's table
npm run demo -- --down                                  takes the native cluster away`;

const { values } = parseArgs({
  options: {
    context: { type: "string" },
    "image-repository": { type: "string" },
    local: { type: "boolean", default: false },
    postgresql: { type: "string" },
    down: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const progress = newProgress();

async function main(): Promise<boolean> {
  if (values.help) {
    console.log(usage);
    return true;
  }
  if (values.down) {
    await takeDown(progress);
    return true;
  }
  if (values.local) return runLocally(progress, values.postgresql);
  return runOnCluster({ context: values.context, imageRepository: values["image-repository"], progress });
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(explainFailure(error));
  process.exitCode = 1;
}
