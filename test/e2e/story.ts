/** Gives a story its namespace with the example applied, and the few things that stories do: create a run, wait for its end, read what lies where. */
import type { ReportRunStatus } from "@openreg/crds/types";
import { inject } from "vitest";
import {
  applyManifests,
  ensureNamespace,
  getManifest,
  type Kubectl,
  type Manifest,
  newKubectl,
} from "../cluster/kubectl.ts";
import { dailyTrades } from "../fixtures/daily-trades.ts";
import { askDatabase, askSftpServer, generateTrades } from "../peers/peer-pods.ts";
import type { storyNamespaces } from "./global-setup.ts";
import { restrictedContainer, restrictedPod } from "./test-namespace.ts";

/** States in which nothing more happens by itself. */
const ends = ["Completed", "Failed", "Cancelled", "AlreadyFiled", "Skipped", "Missed"];

/** A ReportRun as the API server holds it. */
export type Run = Manifest & {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly [field: string]: unknown };
  readonly status?: ReportRunStatus;
};

/** One story in a namespace of its own. */
export interface Story {
  readonly namespace: string;
  /** kubectl in the story's namespace. */
  readonly kubectl: Kubectl;
  apply(...manifests: readonly Manifest[]): Promise<void>;
  /** Creates a run with these fields of its spec and gives its name. */
  createRun(spec: Readonly<Record<string, unknown>>): Promise<string>;
  run(name: string): Promise<Run>;
  /** Waits until a run is so; says what it was when the time is over. */
  until(name: string, isSo: (run: Run) => boolean, seconds?: number): Promise<Run>;
  /** Waits for the end of a run. */
  end(name: string, seconds?: number): Promise<Run>;
  /** Runs a shell command where the store is mounted (/store) and gives what it prints. */
  store(command: string): Promise<string>;
  sql(text: string): Promise<string>;
  sftp(command: string): Promise<string>;
}

/** The objects of the example by kind and name, for a story to alter before it applies them. */
export type Example = readonly Manifest[];

/** Opens a story: an empty namespace, the example (as altered) applied, `rows` trades generated for each business date. */
export async function newStory(
  namespace: (typeof storyNamespaces)[number],
  {
    dates,
    rows = 200,
    alter = (example) => example,
  }: { dates: readonly string[]; rows?: number; alter?: (example: Example) => Example },
): Promise<Story> {
  const { cluster, image, peers } = inject("shared");
  const everywhere = newKubectl(cluster);
  const kubectl: Kubectl = (args, input) => everywhere(["-n", namespace, ...args], input);
  await emptyNamespace(everywhere, namespace);
  for (const date of dates) {
    await askDatabase({ kubectl: everywhere }, `DELETE FROM trade WHERE business_date = '${date}'`);
    await generateTrades({ kubectl: everywhere }, date, rows);
  }
  await applyManifests(everywhere, [...alter(await dailyTrades(peers)), storeReader(image)], namespace);
  const run = async (name: string) => (await getManifest(kubectl, ["reportrun", name])) as Run;
  const until = (name: string, isSo: (run: Run) => boolean, seconds = 120) =>
    awaitRun(() => run(name), { name, isSo, seconds });
  return {
    namespace,
    kubectl,
    apply: (...manifests) => applyManifests(everywhere, manifests, namespace),
    createRun: (spec) => createRun(kubectl, spec),
    run,
    until,
    end: (name, seconds) => until(name, ({ status }) => ends.includes(status?.state ?? ""), seconds),
    store: async (command) => {
      await kubectl(["wait", "--for=condition=Ready", "pod/store-reader", "--timeout=60s"]);
      return kubectl(["exec", "store-reader", "--", "sh", "-c", `cd /store && ${command}`]);
    },
    sql: (text) => askDatabase({ kubectl: everywhere }, text),
    sftp: (command) => askSftpServer({ kubectl: everywhere }, command),
  };
}

/** Removes what an earlier run of the story left; the namespace itself stays, since the chart put the runner's account into it. */
async function emptyNamespace(kubectl: Kubectl, namespace: string): Promise<void> {
  await ensureNamespace(kubectl, namespace);
  const ours = "reportruns,reports,reportversions,connectors,destinations,artifactstores";
  await kubectl(["-n", namespace, "delete", ours, "--all", "--timeout=120s"]);
  await kubectl(["-n", namespace, "delete", "jobs,pods,persistentvolumeclaims", "--all", "--timeout=120s"]);
}

async function createRun(kubectl: Kubectl, spec: Readonly<Record<string, unknown>>): Promise<string> {
  const manifest = {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "ReportRun",
    metadata: { generateName: "run-" },
    spec: { reportRef: { name: "daily-trades" }, ...spec },
  };
  const created = await kubectl(["create", "-f", "-", "-o", "name"], JSON.stringify(manifest));
  return created.trim().split("/").at(-1) ?? "";
}

interface RunWait {
  readonly name: string;
  readonly isSo: (run: Run) => boolean;
  readonly seconds: number;
}

async function awaitRun(read: () => Promise<Run>, { name, isSo, seconds }: RunWait): Promise<Run> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const run = await read();
    if (isSo(run)) return run;
    if (performance.now() > deadline) {
      throw new Error(`run ${name} did not come there in ${seconds} s; it is ${JSON.stringify(run.status, null, 1)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A Pod through which a store is read: a volume is reachable from inside of the namespace of its claim only. */
export function storeReader(image: string, claimName = "openreg-store"): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "store-reader" },
    spec: {
      securityContext: restrictedPod(10001),
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "reader",
          image,
          command: ["sleep", "infinity"],
          securityContext: restrictedContainer,
          volumeMounts: [{ name: "store", mountPath: "/store" }],
        },
      ],
      volumes: [{ name: "store", persistentVolumeClaim: { claimName } }],
    },
  };
}

/** An example in which one object is altered. */
export function altered(
  example: Example,
  kind: string,
  alter: (spec: Record<string, never>) => object,
  name?: string,
): Example {
  return example.map((manifest) =>
    manifest.kind === kind && (name === undefined || manifest.metadata.name === name)
      ? { ...manifest, spec: alter(structuredClone(manifest.spec) as Record<string, never>) }
      : manifest,
  );
}
