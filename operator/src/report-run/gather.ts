/** Owns what one reconcile of a ReportRun reads: caches first, and live what a decision must not get wrong. */
import { isEndState, jobNameOf } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import type { RunSettings } from "../config.ts";
import { formatKey, type ObjectKey } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { definitionOf } from "../definition-of.ts";
import type { EventObject, Job, Pod, Report, ReportRun } from "../objects.ts";
import * as resources from "../resources.ts";
import { hasTrace, isOver } from "./attempt-end.ts";
import type { LiveReport, OpenAttempt, PinnedVersion, RepeatedRun, ReportRunInput, Siblings } from "./input.ts";
import { isReady } from "./pinning.ts";
import { needsWarnings } from "./pod-problem.ts";
import { suspendedBy } from "./suspension.ts";

/** What gathering needs besides the context. */
export interface RunGatherDeps {
  readonly caches: Caches;
  readonly settings: RunSettings;
}

/** One reconcile's reading: the run, and where to read. */
interface Reading extends RunGatherDeps {
  readonly run: ReportRun;
  readonly namespace: string;
  readonly context: ReconcileContext;
}

/** Reads what a reconcile needs; undefined when the run is settled or does not exist. */
export async function gather(
  key: ObjectKey,
  context: ReconcileContext,
  deps: RunGatherDeps,
): Promise<ReportRunInput | undefined> {
  const { caches, settings } = deps;
  const { namespace } = key;
  const run = context.store(caches.activeRuns.in(namespace)).get(key);
  if (!run) return undefined;
  const reading: Reading = { ...deps, run, namespace, context };
  const report = context.store(caches.reports.in(namespace)).get({ namespace, name: run.spec.reportRef.name ?? "" });
  const versions = await readVersions(reading, report);
  const attempts = await readAttempts(reading);
  const version = versions.pinned ?? versions.candidate;
  const suspended = suspendedBy(reading, report, version);
  return {
    run,
    ...(report && { report }),
    ...(suspended && { suspendedBy: suspended }),
    ...versions,
    ...attempts,
    siblings: siblingsOf(reading, versions.pinned),
    endIsNoted: !report || isNoted(report, run),
    settings,
  };
}

/** The version the run is pinned to, or the one it would take, with what must be known live before it does. */
async function readVersions(
  reading: Reading,
  report: Report | undefined,
): Promise<Pick<ReportRunInput, "pinned" | "candidate" | "repeated" | "live">> {
  const pinnedName = reading.run.spec.reportVersionRef?.name;
  if (pinnedName) {
    const pinned = versionNamed(reading, pinnedName);
    return { ...(pinned && { pinned }) };
  }
  const repeated = await repeatedRun(reading);
  const candidate = versionNamed(reading, repeated ? repeated.version : report?.status?.currentVersion?.name);
  if (repeated || !candidate) return { ...(candidate && { candidate }), ...(repeated && { repeated }) };
  return { candidate, ...(report && isReady(report) && { live: await liveReport(reading) }) };
}

function versionNamed({ context, caches, namespace }: Reading, name: string | undefined): PinnedVersion | undefined {
  const version = name && context.store(caches.reportVersions.in(namespace)).get({ namespace, name });
  return version ? { version, definition: definitionOf(version) } : undefined;
}

async function repeatedRun({ run, context, namespace }: Reading): Promise<RepeatedRun | undefined> {
  const { rerunOf } = run.spec;
  if (!rerunOf || rerunOf.version === "Current") return undefined;
  const repeated = await context.client.find<ReportRun>(resources.reportRuns, { namespace, name: rerunOf.name });
  return { name: rerunOf.name, version: repeated?.spec.reportVersionRef?.name };
}

async function liveReport({ run, context, namespace }: Reading): Promise<LiveReport> {
  const report = await context.client.find<Report>(resources.reports, {
    namespace,
    name: run.spec.reportRef.name ?? "",
  });
  const moved = await Promise.all(
    (report?.status?.inputs ?? []).map(async ({ kind, name, uid, generation, resourceVersion }) => {
      const resource = inputResources[kind];
      const live = resource && (await context.client.find(resource, { namespace, name }));
      // a ConfigMap has no generation
      const isUnchanged = resourceVersion
        ? live?.metadata.resourceVersion === resourceVersion
        : live?.metadata.generation === generation;
      const isSame = live?.metadata.uid === uid && isUnchanged;
      return isSame ? [] : [`${kind} '${name}'`];
    }),
  );
  return { report, movedInputs: moved.flat() };
}

const inputResources: Readonly<Record<string, typeof resources.connectors>> = {
  Connector: resources.connectors,
  Destination: resources.destinations,
  ArtifactStore: resources.artifactStores,
  RuleSet: resources.ruleSets,
  MappingSet: resources.mappingSets,
  ConfigMap: resources.configMaps,
};

async function readAttempts(reading: Reading): Promise<Pick<ReportRunInput, "open" | "oldJobs" | "oldPods">> {
  const { run, context, caches, namespace } = reading;
  const jobs = context.store(caches.jobs.in(namespace)).byIndex("owner", run.metadata.uid ?? "");
  const pods = context
    .store(caches.pods.in(namespace))
    .byIndex("run", formatKey({ namespace, name: run.metadata.name }));
  const now = context.now();
  const entry = openEntryOf(run);
  const oldJobs = jobs.filter((job) => job.metadata.name !== entry?.job && !job.metadata.deletionTimestamp);
  const running = pods.filter((pod) => !isOver(pod, now));
  if (!entry) return { oldJobs: jobs.length > 0 ? oldJobs : await unseenJobs(reading), oldPods: running };
  const { number, purpose = "Run", startedAt } = entry;
  const cached = jobs.find(({ metadata }) => metadata.name === entry.job);
  const own = pods.filter((pod) => isPodOf(pod, entry.job, cached?.metadata.uid, run)).toSorted(byCreation);
  const partial: OpenAttempt = { number, purpose, startedAt, pods: own };
  const job = cached ?? (await liveJob(reading, partial));
  const open: OpenAttempt = { ...partial, ...(job && !job.metadata.deletionTimestamp && { job }) };
  const warning = await newestWarning(reading, open);
  const oldPods = running.filter((pod) => !own.includes(pod));
  return { open: { ...open, ...(warning && { warning }) }, oldJobs, oldPods };
}

/** By the UID of its Job; without a Job by name, but never a Pod of an earlier run of the same name. */
function isPodOf({ metadata }: Pod, job: string, jobUid: string | undefined, run: ReportRun): boolean {
  const owner = metadata.ownerReferences?.find(({ kind, controller }) => kind === "Job" && controller);
  if (jobUid) return owner?.uid === jobUid;
  return owner?.name === job && (metadata.creationTimestamp ?? "") >= (run.metadata.creationTimestamp ?? "");
}

function openEntryOf({ status }: ReportRun) {
  if (status?.state && isEndState(status.state)) return undefined;
  return status?.attempts?.find((attempt) => attempt.number === status.attempt && !attempt.endedAt);
}

function byCreation(first: Pod, second: Pod): number {
  const text = (pod: Pod) => `${pod.metadata.creationTimestamp} ${pod.metadata.name}`;
  return text(first) < text(second) ? -1 : 1;
}

/** A Job that left traces and is not in the cache was deleted, or the cache is late: the API server knows. */
async function liveJob(reading: Reading, open: OpenAttempt): Promise<Job | undefined> {
  return hasTrace(reading.run, open) || mayBeUnseen(reading) ? ourJob(reading, open.number) : undefined;
}

/** The Job of an attempt as the API server has it, unless it is of somebody else. */
async function ourJob({ run, context, namespace }: Reading, attempt: number): Promise<Job | undefined> {
  const name = jobNameOf(run.metadata.name, attempt);
  const job = await context.client.find<Job>(resources.jobs, { namespace, name });
  const isOurs = job?.metadata.ownerReferences?.some(({ uid }) => uid === run.metadata.uid);
  return isOurs ? job : undefined;
}

/** A run that lets go never looks again: what a cache does not have that is behind the run may be there all the same. */
function mayBeUnseen({ run, caches, namespace }: Reading): boolean {
  const { state } = run.status ?? {};
  const letsGo = run.metadata.deletionTimestamp !== undefined || (state !== undefined && isEndState(state));
  return letsGo && !caches.jobs.in(namespace).hasReached(run.metadata.resourceVersion ?? "");
}

async function unseenJobs(reading: Reading): Promise<readonly Job[]> {
  const { attempt = 0 } = reading.run.status ?? {};
  const job = attempt > 0 && mayBeUnseen(reading) ? await ourJob(reading, attempt) : undefined;
  return job && !job.metadata.deletionTimestamp ? [job] : [];
}

/** Where neither Job nor Pod says why nothing starts, their newest warning may. */
async function newestWarning(
  { context, namespace, settings }: Reading,
  open: OpenAttempt,
): Promise<OpenAttempt["warning"]> {
  if (!needsWarnings(open, settings.podProblemAfterSeconds, context.now())) return undefined;
  const uid = (open.pods.at(-1) ?? open.job)?.metadata.uid;
  const fieldSelector = `involvedObject.uid=${uid},type=Warning`;
  const { items } = await context.client.list<EventObject>(resources.events, { namespace, fieldSelector, limit: 50 });
  const newest = items.toSorted((first, second) =>
    (first.lastTimestamp ?? "") < (second.lastTimestamp ?? "") ? 1 : -1,
  )[0];
  return newest && { reason: newest.reason ?? "", message: newest.message ?? "" };
}

/** How many ended runs a plan names at most; a claim of a run that nobody names counts as ended anyway. */
const mostEndedRuns = 500;

function siblingsOf({ run, context, caches, namespace }: Reading, pinned: PinnedVersion | undefined): Siblings {
  if (!pinned) return { active: [], ended: [] };
  const series = formatKey({ namespace, name: pinned.version.spec.series });
  const uid = (object: { readonly metadata: ReportRun["metadata"] }) => object.metadata.uid ?? "";
  const others = context
    .store(caches.activeRuns.in(namespace))
    .byIndex("series", series)
    .filter((other) => uid(other) !== uid(run));
  const isOver = ({ status }: ReportRun) => status?.state !== undefined && isEndState(status.state);
  const settled = context.store(caches.settledRuns.in(namespace)).byIndex("series", series);
  return {
    active: others.filter((other) => !isOver(other)).map(uid),
    ended: [...others.filter(isOver).map(uid), ...settled.map(uid)].slice(0, mostEndedRuns),
  };
}

function isNoted({ status }: Report, run: ReportRun): boolean {
  return (status?.lastRun?.endedAt ?? "") >= (run.status?.endedAt ?? "");
}
