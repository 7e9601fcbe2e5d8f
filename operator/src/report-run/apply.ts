/** Owns the writes of a run's reconcile but for its status. Each is safe to repeat: names are fixed, owners are compared. */
import { createHash } from "node:crypto";
import { jobNameOf, labels, managedLabels, planKey, runFinalizer } from "@openreg/crds";
import type { Definition } from "@openreg/crds/types";
import { isAlreadyExists, isConflict, isNotFound } from "../controller/api-error.ts";
import { type KubernetesObject, keyOf, type OwnerReference, type Resource } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { ensureRunNetwork } from "../ensure-run-network.ts";
import type { EvidenceSigner } from "../evidence-signer.ts";
import type { ConfigMap, Job, ReportRun } from "../objects.ts";
import { configMaps, jobs, reportRuns } from "../resources.ts";
import { makesPolicies, newRunPolicy, peersLabelOf } from "../run-network.ts";
import type { ApplyOutcome, Decision, ReportRunInput } from "./input.ts";
import { newPlan, newPlanConfigMap, ownerOf } from "./plan.ts";
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
    case "EndAttempt":
      return dropPlan(input, deps);
    case "EndRun":
      await dropPlan(input, deps);
      return signed(input, deps);
    case "KeepFinalizer":
      return patchMetadata(input.run, { finalizers: [...otherFinalizers(input.run), runFinalizer] }, deps);
    case "Rest":
    case "Wait":
    case "StartAttempt":
    case "Follow":
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

/** The plan comes first, and its hash stands in the Job, which nobody can change: a runner takes no other plan. */
async function ensureJob(attempt: Of<"EnsureJob">, input: ReportRunInput, deps: RunApplyDeps): Promise<ApplyOutcome> {
  const { run, settings } = input;
  const { definition } = attempt.pinned;
  const network = await ensureNetwork(definition, input, deps);
  if (network.taken) return network.taken;
  const plan = newPlan(input, attempt, deps.now);
  const stored = await storePlan(newPlanConfigMap(run, plan, attempt.pinned), run, deps);
  if (stored.kind !== "Stored") return stored;
  const job = newRunJob({
    plan,
    planSha256: createHash("sha256").update(stored.text).digest("hex"),
    definition,
    owner: ownerOf(run),
    settings,
    peers: network.peers,
  });
  const outcome = await createOrAdopt(jobs, job, run, deps);
  if (outcome.kind === "NameTaken") await dropPlan(input, deps);
  return outcome;
}

/** The NetworkPolicy of the run's peers comes before its Job, so that no Pod ever runs without it. */
async function ensureNetwork(
  definition: Definition,
  { run, settings: { network } }: ReportRunInput,
  { client }: RunApplyDeps,
): Promise<{ readonly peers?: string; readonly taken?: ApplyOutcome }> {
  const { namespace = "" } = run.metadata;
  if (!makesPolicies(network, namespace)) return {};
  const { mode } = run.spec;
  const policy = newRunPolicy(definition, { namespace, mode, network });
  const outcome = await ensureRunNetwork(policy, { client });
  if (outcome === "Taken") return { taken: nameTaken("NetworkPolicy", policy.metadata.name) };
  return { peers: peersLabelOf(definition, mode) };
}

type StoredPlan = { readonly kind: "Stored"; readonly text: string } | ApplyOutcome;

/**
 * A plan that an operator left which died before its Job was there is taken when it says the same, and made anew when it
 * does not: it may not know of the runs that have claimed the filing since.
 */
async function storePlan(planned: ConfigMap, run: ReportRun, deps: RunApplyDeps): Promise<StoredPlan> {
  const outcome = await createOrAdopt(configMaps, planned, run, deps);
  if (outcome.kind !== "Done") return outcome;
  if (!outcome.adopted) return { kind: "Stored", text: textOf(planned) };
  const existing = outcome.adopted as ConfigMap;
  if (saysTheSame(textOf(existing), textOf(planned))) return { kind: "Stored", text: textOf(existing) };
  // with its Job there is nothing to be done: another operator was quicker, or our cache is late
  const job = await deps.client.find<Job>(jobs, keyOf(planned));
  if (job) return isOurs(job, run) ? done : nameTaken("Job", keyOf(job).name);
  const { uid = "", resourceVersion = "" } = existing.metadata;
  await deps.client.delete(configMaps, keyOf(existing), { uid, resourceVersion });
  await deps.client.create(configMaps, planned);
  return { kind: "Stored", text: textOf(planned) };
}

function textOf({ data }: ConfigMap): string {
  return data?.[planKey] ?? "";
}

/** When a plan was made says only what it cannot know; an earlier moment is the safer one. */
function saysTheSame(first: string, second: string): boolean {
  const withoutTime = (text: string): string =>
    JSON.stringify(JSON.parse(text), (key, value: unknown) => (key === "madeAt" ? undefined : value));
  try {
    return withoutTime(first) === withoutTime(second);
  } catch {
    return false;
  }
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
    const existing = await client.get<T>(resource, keyOf(object));
    if (isOurs(existing, run)) return { kind: "Done", adopted: existing };
    if (isLeftOver(existing, run)) {
      throw new Error(
        `${resource.kind} '${object.metadata.name}' of an earlier run of this name is still being removed`,
        { cause: error },
      );
    }
    return nameTaken(resource.kind, object.metadata.name);
  }
}

function nameTaken(kind: string, name: string): ApplyOutcome {
  const message = `${kind} '${name}' exists and does not belong to this run: remove it, then retry the run`;
  return { kind: "NameTaken", message };
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

/** A plan whose Job was never made, or is gone, has nobody who takes it along. */
async function dropPlan({ run, open }: ReportRunInput, { client }: RunApplyDeps): Promise<ApplyOutcome> {
  if (!open || open.job) return done;
  const key = { namespace: run.metadata.namespace ?? "", name: jobNameOf(run.metadata.name, open.number) };
  const plan = await client.find<ConfigMap>(configMaps, key);
  if (plan && isOurs(plan, run)) await unlessGone(client.delete(configMaps, key, { uid: plan.metadata.uid ?? "" }));
  return done;
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
