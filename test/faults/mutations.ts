/** The guards that keep a run from being lost or doubled, each with the change that takes it out and the plans that must turn red. */
import type { FailpointName } from "../../runner/src/failpoints.ts";
import type { Patch } from "./bundles.ts";
import type { WriteFault } from "./fault.ts";
import type { Plan } from "./plan.ts";
import { replacedBeforeDelete, touchedBefore } from "./raced.ts";
import { foreignJob, rivals, type Scenario, zombieAt } from "./scenarios.ts";

/** One guard taken out. */
export interface Mutation {
  /** What is missing. */
  readonly guard: string;
  readonly patches: readonly Patch[];
  /** What must turn red: one of these is enough. */
  readonly plans?: readonly Plan[];
  readonly scenarios?: readonly Scenario[];
}

const crashAfter = (purpose: string): Plan => at(purpose, { kind: "CrashAfter" });

function at(purpose: string, fault: WriteFault): Plan {
  return { kind: "Write", write: { actor: "operator", purpose, ordinal: 1 }, fault };
}

const killedAt = (name: FailpointName): Plan => ({ kind: "Failpoint", name });

const apply = "operator/src/report-run/apply.ts";
const client = "operator/src/controller/api-client.ts";

/** All of them. */
export const mutations: readonly Mutation[] = [
  {
    guard: "resourceVersion on the status of a run",
    patches: [
      {
        file: "operator/src/report-run/write-status.ts",
        find: "metadata: { name, namespace, resourceVersion }",
        replace: "metadata: { name, namespace }",
      },
    ],
    scenarios: [touchedBefore("operator", "patch reportruns/status: Completed")],
  },
  {
    guard: "resourceVersion when a version is pinned",
    patches: [{ file: apply, find: "resourceVersion: run.metadata.resourceVersion,", replace: "" }],
    scenarios: [touchedBefore("operator", "patch reportruns: version and finalizer")],
  },
  {
    guard: "resourceVersion when a run is settled",
    patches: [
      {
        file: apply,
        find: "{ metadata: { ...metadata, resourceVersion } }",
        replace: "{ metadata: { ...metadata, resourceVersion: undefined } }",
      },
    ],
    scenarios: [touchedBefore("operator", "patch reportruns: settled")],
  },
  {
    guard: "UID on deletes",
    patches: [
      {
        file: client,
        find: "const preconditions = { uid, resourceVersion };",
        replace: "void uid; const preconditions = { resourceVersion };",
      },
    ],
    scenarios: [replacedBeforeDelete],
  },
  {
    guard: "refuse what is not ours",
    patches: [
      {
        file: apply,
        find: "return isOwned && metadata.labels?.[managedBy] === managedLabels[managedBy];",
        replace: "void isOwned; return true;",
      },
    ],
    scenarios: [foreignJob],
  },
  {
    guard: "adopt what is ours",
    patches: [
      {
        file: apply,
        find: "    if (!isAlreadyExists(error)) throw error;\n    const existing",
        replace: "    if (Date.now() > 0) throw error;\n    const existing",
      },
    ],
    plans: [crashAfter("create configmaps: plan"), crashAfter("create jobs")],
  },
  {
    guard: "compare-and-swap when an attempt is taken",
    patches: [
      {
        file: "runner/src/cluster-progress.ts",
        find: "this.#send({ metadata: { resourceVersion }, ...this.#patch() })",
        replace: "this.#send({ ...(resourceVersion ? {} : {}), ...this.#patch() })",
      },
    ],
    scenarios: [touchedBefore("runner", "patch reportruns/status: Initializing")],
  },
  {
    guard: "the fence before each effect",
    patches: [
      {
        file: "runner/src/cluster-progress.ts",
        find: "    await this.#call({});\n    const { stopping }",
        replace: "    const { stopping }",
      },
    ],
    scenarios: [zombieAt("intent.after")],
  },
  {
    guard: "ask before retry",
    patches: [
      {
        file: "runner/src/destinations/sftp/destination.ts",
        find: '      return await this.#atName("Hash");',
        replace: "      return undefined;",
      },
    ],
    plans: [killedAt("rename.after")],
  },
  {
    guard: "exclusive create in the store",
    patches: [
      {
        file: "runner/src/store/folder.ts",
        find: "await link(temporary, path);",
        replace: "await rename(temporary, path); await link(path, temporary);",
      },
    ],
    scenarios: [rivals],
  },
];
