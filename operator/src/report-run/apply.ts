/** Owns the writes of a run's reconcile but for its status. Each is safe to repeat: names are fixed, owners are compared. */
import { labels, managedLabels, runFinalizer } from "@openreg/crds";
import { isAlreadyExists, isConflict, isNotFound } from "../controller/api-error.ts";
import { type KubernetesObject, keyOf, type OwnerReference, type Resource } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { EvidenceSigner } from "../evidence-signer.ts";
import type { ConfigMap, Job, ReportRun } from "../objects.ts";
import { configMaps, jobs, reportRuns } from "../resources.ts";
import type { ApplyOutcome, Decision, ReportRunInput } from "./input.ts";
import { deadlineOf, newPlan, newPlanConfigMap, ownerOf } from "./plan.ts";
import { newRunJob } from "./run-job.ts";

/** What applying needs. */
export interface RunApplyDeps {
  readonly client: ReconcileContext["client"];
  readonly now: string;
  readonly signer?: EvidenceSigner | undefined;
}

type Of<K extends Decision["kind"]> = Extract<Decision, { kind: K }>;

const done: ApplyOutcome = { kind: "Done" };

/** Carries a decision out. */
export async function apply(decision: Decision, input: ReportRunInput, deps: RunApplyDeps): Promise<ApplyOutcome> {
  switch (decision.kind) {
    case "Pin":
      return pin(decision, input, deps);
    case "StartAttempt":
      return storePlan(decision, input, deps);
    case "EnsureJob":
      return ensureJob(decision, input, deps);
    case "StopAttempt":
      return removeJobs([decision.job], deps);
    case "CleanUp":
      return cleanUp(decision.jobs, deps);
    case "MarkSettled":
      return patchMetadata(
        input.run,
        { labels: settledLabels(input.run), finalizers: otherFinalizers(input.run) },
        deps,
      );
    case "LetGo":
      return patchMetadata(input.run, { finalizers: otherFinalizers(input.run) }, deps);
    case "EndRun":
      return signed(input, deps);
    case "Rest":
    case "Wait":
    case "Follow":
    case "EndAttempt":
    case "Retry":
      return done;
  }
}

/** The finalizer comes with the version, before the first child. */
async function pin(
  { version, series, report }: Of<"Pin">,
  { run }: ReportRunInput,
  { client }: RunApplyDeps,
): Promise<ApplyOutcome> {
  const metadata = {
    resourceVersion: run.metadata.resourceVersion,
    finalizers: [...otherFinalizers(run), runFinalizer],
    labels: {
      [labels.report]: report,
      [labels.series]: series,
      [labels.businessDate]: run.spec.businessDate,
      [labels.mode]: run.spec.mode,
    },
  };
  await client.mergePatch(reportRuns, keyOf(run), { metadata, spec: { reportVersionRef: { name: version } } });
  return done;
}

async function storePlan(
  attempt: Of<"StartAttempt">,
  input: ReportRunInput,
  deps: RunApplyDeps,
): Promise<ApplyOutcome> {
  const plan = newPlan(input, attempt, deps.now);
  return createOrAdopt(configMaps, newPlanConfigMap(input.run, plan, attempt.pinned), input.run, deps);
}

async function ensureJob(
  { number, purpose, pinned }: Of<"EnsureJob">,
  { run, settings }: ReportRunInput,
  deps: RunApplyDeps,
): Promise<ApplyOutcome> {
  const { namespace = "", name, uid = "", creationTimestamp = deps.now } = run.metadata;
  const { businessDate, mode } = run.spec;
  const planned = {
    namespace,
    name,
    uid,
    createdAt: creationTimestamp,
    businessDate,
    mode,
    parameters: {},
    purpose: "Original" as const,
  };
  const job = newRunJob({
    plan: { attempt: number, deadlineSeconds: deadlineOf(purpose, pinned), run: planned },
    definition: pinned.definition,
    owner: ownerOf(run),
    settings,
  });
  return createOrAdopt(jobs, job, run, deps);
}

/** Exists and is ours: adopted. Exists and is not ours: never touched. */
async function createOrAdopt<T extends KubernetesObject>(
  resource: Resource,
  object: T,
  run: ReportRun,
  { client }: RunApplyDeps,
): Promise<ApplyOutcome> {
  try {
    await client.create(resource, object);
    return done;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await client.get(resource, keyOf(object));
    if (isOurs(existing, run)) return done;
    if (isLeftOver(existing, run)) {
      throw new Error(
        `${resource.kind} '${object.metadata.name}' of an earlier run of this name is still being removed`,
        { cause: error },
      );
    }
    const message = `${resource.kind} '${object.metadata.name}' exists and does not belong to this run: remove it, then retry the run`;
    return { kind: "NameTaken", message };
  }
}

/** Ours is what carries our label and names this very run as its controlling owner. */
export function isOurs({ metadata }: KubernetesObject, run: ReportRun): boolean {
  const managedBy = "app.kubernetes.io/managed-by";
  const isOwned =
    metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === run.metadata.uid) ?? false;
  return isOwned && metadata.labels?.[managedBy] === managedLabels[managedBy];
}

/** What a run that was deleted left behind is removed by the garbage collector. */
function isLeftOver({ metadata }: KubernetesObject, run: ReportRun): boolean {
  const isOfNamesake = ({ kind, name, uid }: OwnerReference) =>
    kind === run.kind && name === run.metadata.name && uid !== run.metadata.uid;
  return metadata.deletionTimestamp !== undefined || (metadata.ownerReferences?.some(isOfNamesake) ?? false);
}

async function cleanUp(oldJobs: readonly Job[], deps: RunApplyDeps): Promise<ApplyOutcome> {
  for (const job of oldJobs) await removePlan(job, deps);
  return removeJobs(oldJobs, deps);
}

/** The plan has its Job's name and owner. */
async function removePlan(job: Job, { client }: RunApplyDeps): Promise<void> {
  const plan = await client.find<ConfigMap>(configMaps, keyOf(job));
  const owner = job.metadata.ownerReferences?.[0]?.uid;
  if (!plan?.metadata.uid || !plan.metadata.ownerReferences?.some(({ uid }) => uid === owner)) return;
  await unlessGone(client.delete(configMaps, keyOf(job), { uid: plan.metadata.uid }));
}

async function removeJobs(gone: readonly Job[], { client }: RunApplyDeps): Promise<ApplyOutcome> {
  for (const job of gone) {
    const { uid = "" } = job.metadata;
    await unlessGone(client.delete(jobs, keyOf(job), { uid, propagationPolicy: "Background" }));
  }
  return done;
}

/** Gone already, or replaced by another under the same name: either way there is nothing of ours to delete. */
async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  await deletion.catch((error: unknown) => {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  });
}

async function patchMetadata(run: ReportRun, metadata: object, { client }: RunApplyDeps): Promise<ApplyOutcome> {
  const { resourceVersion } = run.metadata;
  await client.mergePatch(reportRuns, keyOf(run), { metadata: { ...metadata, resourceVersion } });
  return done;
}

/** A run that ended before it had a version is found under its Report all the same. */
function settledLabels({ spec, metadata }: ReportRun): Readonly<Record<string, string>> {
  const { name = "" } = spec.reportRef;
  const own = { [labels.report]: name, [labels.businessDate]: spec.businessDate, [labels.mode]: spec.mode };
  return { ...own, ...metadata.labels, [labels.settled]: "true" };
}

function otherFinalizers({ metadata }: ReportRun): readonly string[] {
  return (metadata.finalizers ?? []).filter((finalizer) => finalizer !== runFinalizer);
}

function signed({ run }: ReportRunInput, { signer }: RunApplyDeps): ApplyOutcome {
  const sha256 = run.status?.execution?.evidence?.sha256;
  if (!sha256) return done;
  return { kind: "Done", evidence: { sha256, ...(signer && { signature: signer.sign(sha256), keyId: signer.keyId }) } };
}
