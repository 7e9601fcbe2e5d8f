/** Owns how a namespace looks to admission: which runs wait, what each needs, and which places are taken. Reads caches only. */
import { isEndState } from "@openreg/crds";
import type { Definition } from "@openreg/crds/types";
import type { Caches } from "../caches.ts";
import { findCondition } from "../controller/conditions.ts";
import type { KubernetesObject } from "../controller/kubernetes.ts";
import type { Reflector } from "../controller/reflector.ts";
import { definitionOf } from "../definition-of.ts";
import { waitReasons } from "../errors.ts";
import type { Report, ReportRun, ReportVersion } from "../objects.ts";
import { isReady } from "../report-run/pinning.ts";
import { suspendedBy } from "../report-run/suspension.ts";
import type { Candidate, Limit, Picture } from "./decide.ts";

/** The caches that a picture is made from. */
export type AdmissionCaches = Pick<Caches, "activeRuns" | "connectors" | "destinations" | "reports" | "reportVersions">;

/** What the limits of a namespace are, by kind and name. */
export interface Limits {
  readonly namespace: Limit | undefined;
  readonly reports: ReadonlyMap<string, Limit>;
  readonly connectors: ReadonlyMap<string, Limit>;
  readonly destinations: ReadonlyMap<string, Limit>;
}

/** Reads the limits of a namespace; undefined when there is none. `mostPerNamespace` 0 means no limit. */
export function readLimits(caches: AdmissionCaches, namespace: string, mostPerNamespace: number): Limits | undefined {
  const own = mostPerNamespace > 0 ? newLimit("Namespace", namespace, mostPerNamespace) : undefined;
  const reports = limitsOf(
    "Report",
    caches.reports.in(namespace).store.byIndex("namespace", namespace),
    ({ spec }) => spec.run?.maxConcurrentRuns,
  );
  const connectors = limitsOf(
    "Connector",
    caches.connectors.in(namespace).store.byIndex("namespace", namespace),
    ({ spec }) => spec.limits?.maxConcurrentRuns,
  );
  const destinations = limitsOf(
    "Destination",
    caches.destinations.in(namespace).store.byIndex("namespace", namespace),
    ({ spec }) => spec.limits?.maxConcurrentRuns,
  );
  const isNone = !own && reports.size + connectors.size + destinations.size === 0;
  return isNone ? undefined : { namespace: own, reports, connectors, destinations };
}

function limitsOf<T extends { readonly metadata: { readonly name: string } }>(
  kind: string,
  objects: readonly T[],
  mostOf: (object: T) => number | undefined,
): ReadonlyMap<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const object of objects) {
    const most = mostOf(object);
    if (most !== undefined) limits.set(object.metadata.name, newLimit(kind, object.metadata.name, most));
  }
  return limits;
}

function newLimit(kind: string, name: string, most: number): Limit {
  return { name: `${kind} '${name}'`, most, keepsPlace: kind === "Connector" || kind === "Destination" };
}

/** The limit of its Report counts a run from its first attempt to its end; the others only while an attempt is under way. */
export function limitsOfRun(
  limits: Limits,
  run: ReportRun,
  definition: Definition | undefined,
): { readonly whole: readonly Limit[]; readonly attempt: readonly Limit[] } {
  const there = (found: readonly (Limit | undefined)[]) => found.filter((one) => one !== undefined);
  const connectors = definition?.connectors ?? [];
  const destinations = definition?.destinations.filter(({ mode }) => mode === run.spec.mode) ?? [];
  return {
    whole: there([limits.reports.get(definition?.report ?? run.spec.reportRef.name ?? "")]),
    attempt: there([
      limits.namespace,
      ...connectors.map(({ name }) => limits.connectors.get(name)),
      ...destinations.map(({ name }) => limits.destinations.get(name)),
    ]),
  };
}

/** Whether an admission that was given out still stands: its attempt is not in the cache yet. */
export type IsAssumed = (run: ReportRun) => boolean;

/** What else decides who is a candidate. */
export interface PictureOptions {
  readonly caches: AdmissionCaches;
  readonly namespace: string;
  readonly limits: Limits;
  readonly isAssumed: IsAssumed;
  /** Runs that asked to start are candidates; so are those that only wait in line, unless they were let start and did not. */
  readonly hasAsked: (uid: string) => boolean;
  readonly isPassedOver: (uid: string) => boolean;
}

/** The namespace as the caches show it. */
export function drawPicture(options: PictureOptions): Picture {
  const { caches, namespace, limits } = options;
  const taken = new Map<string, number>();
  const waiting: { readonly order: string; readonly candidate: Candidate }[] = [];
  for (const run of caches.activeRuns.in(namespace).store.byIndex("namespace", namespace)) {
    if (!isActive(run)) continue;
    const needs = limitsOfRun(limits, run, definitionOfRun(caches, run));
    const holds = placesOf(run, needs, options.isAssumed(run));
    for (const { name } of holds) taken.set(name, (taken.get(name) ?? 0) + 1);
    if (!mayWait(run, options)) continue;
    const wanted = [...needs.whole, ...needs.attempt].filter((limit) => !holds.includes(limit));
    waiting.push({ order: orderOf(run), candidate: { uid: uidOf(run), limits: wanted } });
  }
  waiting.sort((first, second) => (first.order < second.order ? -1 : 1));
  return { taken, candidates: waiting.map(({ candidate }) => candidate) };
}

function placesOf(run: ReportRun, needs: ReturnType<typeof limitsOfRun>, isAssumed: boolean): readonly Limit[] {
  if (isAssumed || hasOpenAttempt(run)) return [...needs.whole, ...needs.attempt];
  return run.status?.startedAt ? needs.whole : [];
}

/** What a run may wait for without standing in line, where only its last reconcile can tell: others go ahead of it. */
const heldBack: readonly string[] = [
  waitReasons.reportChanged,
  waitReasons.versionNotSeen,
  waitReasons.backingOff,
  waitReasons.resumesLater,
  waitReasons.held,
  waitReasons.previousAttemptStopping,
  waitReasons.settling,
  "ReconcileFailed",
];

function mayWait(run: ReportRun, { caches, isAssumed, hasAsked, isPassedOver }: PictureOptions): boolean {
  if (isAssumed(run) || hasOpenAttempt(run)) return false;
  if (hasAsked(uidOf(run))) return true;
  if (run.spec.cancel || isPassedOver(uidOf(run))) return false;
  if (heldBack.includes(findCondition(run.status?.conditions, "Succeeded")?.reason ?? "")) return false;
  return couldStart(caches, run);
}

const asCached = { store: <T extends KubernetesObject>({ store }: Reflector<T>) => store };

/** By what holds now: all runs of a Report that is set free stand in line at once, though their status still says what held them back. */
function couldStart(caches: AdmissionCaches, run: ReportRun): boolean {
  const definition = definitionOfRun(caches, run);
  if (!run.spec.reportVersionRef && !definition) return false;
  const place = { run, namespace: run.metadata.namespace ?? "", context: asCached, caches };
  return suspendedBy(place, reportOf(caches, run), definition && { definition }) === undefined;
}

function isActive({ status, metadata }: ReportRun): boolean {
  return !metadata.deletionTimestamp && !(status?.state && isEndState(status.state));
}

/** Whether the status says that an attempt is under way. */
export function hasOpenAttempt({ status }: ReportRun): boolean {
  return status?.attempts?.some(({ number, endedAt }) => number === status.attempt && !endedAt) ?? false;
}

/** Versions that this release cannot read: one of a newer release, kept over a step back. Their text never changes. */
const unreadable = new WeakSet<ReportVersion>();

/** The version of a run, or the one that it would take; undefined while its Report offers none, or only another run can tell. */
export function versionNameOf(caches: Pick<AdmissionCaches, "reports">, run: ReportRun): string | undefined {
  const { reportVersionRef, rerunOf } = run.spec;
  if (reportVersionRef) return reportVersionRef.name;
  if (rerunOf && rerunOf.version !== "Current") return undefined;
  const report = reportOf(caches, run);
  return report && isReady(report) ? report.status?.currentVersion?.name : undefined;
}

function reportOf({ reports }: Pick<AdmissionCaches, "reports">, { metadata, spec }: ReportRun): Report | undefined {
  const { namespace = "" } = metadata;
  return reports.in(namespace).store.get({ namespace, name: spec.reportRef.name ?? "" });
}

/** The definition of a run; undefined without one that can be read: it then counts at its Report and namespace, and holds up nobody else. */
export function definitionOfRun(
  caches: Pick<AdmissionCaches, "reports" | "reportVersions">,
  run: ReportRun,
): Definition | undefined {
  const name = versionNameOf(caches, run);
  const namespace = run.metadata.namespace ?? "";
  const version = name && caches.reportVersions.in(namespace).store.get({ namespace, name });
  if (!version || unreadable.has(version)) return undefined;
  try {
    return definitionOf(version);
  } catch {
    unreadable.add(version); // the reconcile of the run tells it
    return undefined;
  }
}

/** Due first; what has no due time is due when it was created. */
function orderOf({ metadata, spec }: ReportRun): string {
  return `${spec.due ?? metadata.creationTimestamp} ${metadata.name}`;
}

function uidOf({ metadata }: ReportRun): string {
  return metadata.uid ?? "";
}
