/** The guards that keep a run from being lost or doubled, each with the change that takes it out and the plans that must turn red. */
import type { FailpointName } from "../../runner/src/failpoints.ts";
import type { Patch } from "./bundles.ts";
import type { WriteFault } from "./fault.ts";
import type { Plan } from "./plan.ts";
import { lateRival, replacedBeforeDelete, touchedBefore } from "./raced.ts";
import { foreignJob, type Scenario, zombieAt } from "./scenarios.ts";

/** One guard taken out. */
export interface Mutation {
  /** What is missing. */
  readonly guard: string;
  readonly patches: readonly Patch[];
  /** What a problem says when it comes of the missing guard, and not of something else that broke. */
  readonly symptom: RegExp;
  /** Failpoints moved into the moment that the guard is about, with the guard as without it. */
  readonly moments?: readonly Patch[];
  /** What must turn red without the guard, each of them, and be green with it. */
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
const claim = "runner/src/claim.ts";

/** A run has looked at the ledger, and goes on by what it saw. */
const betweenLookAndClaim: readonly Patch[] = [
  { file: claim, find: '  await failpoint("claim.before");\n', replace: "" },
  { file: claim, find: "const { plan, store } = context;", replace: "const { plan, store, failpoint } = context;" },
  {
    file: claim,
    find: "    await ledger.claim(",
    replace: '    await failpoint("claim.before");\n    await ledger.claim(',
  },
];

const stale = /^the write was answered 200: it was decided on an older version and applied all the same$/;

/** All of them. */
export const mutations: readonly Mutation[] = [
  {
    guard: "resourceVersion on the status of a run",
    symptom: stale,
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
    symptom: stale,
    patches: [{ file: apply, find: "resourceVersion: run.metadata.resourceVersion,", replace: "" }],
    scenarios: [touchedBefore("operator", "patch reportruns: version and finalizer")],
  },
  {
    guard: "resourceVersion when a run is settled",
    symptom: stale,
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
    symptom: /^the Job of somebody else was deleted$/,
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
    symptom: /^the run says .*"message":"attempt 1 is starting"/,
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
    symptom: /^not settled within 15 s: .*configmaps \\"trades-1-1\\" already exists/,
    patches: [
      {
        file: apply,
        find: "    if (!isAlreadyExists(error)) throw error;\n    const existing",
        replace: "    if (Date.now() > 0) throw error;\n    const existing",
      },
    ],
    plans: [crashAfter("create configmaps: plan")], // a Job that is there is seen, and not created again
  },
  {
    guard: "compare-and-swap when an attempt is taken",
    symptom: stale,
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
    symptom: /^while another attempt delivered, the zombie touched \S/,
    patches: [
      {
        file: "runner/src/cluster-progress.ts",
        find: "    await this.#call({}).catch(",
        replace: "    await Promise.resolve().catch(",
      },
    ],
    scenarios: [zombieAt("intent.after")],
  },
  {
    guard: "ask before retry",
    symptom: /^files differs: .*-2\.part [0-9a-f]{64}"\] instead of /,
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
    symptom: /^the runs ended as Completed,Completed$/,
    patches: [
      {
        file: "runner/src/store/folder.ts",
        find: "await linkFile(temporary, path);",
        replace: "await rename(temporary, path); await linkFile(path, temporary);",
      },
    ],
    moments: betweenLookAndClaim,
    scenarios: [lateRival],
  },
];
