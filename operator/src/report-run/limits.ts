/** Owns what holds runs back although nothing is wrong with them: suspension, and limits on how many may be under way. */
import { isEndState } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import { findCondition } from "../controller/conditions.ts";
import { formatKey } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { waitReasons } from "../errors.ts";
import type { Report, ReportRun } from "../objects.ts";
import type { PinnedVersion } from "./input.ts";

interface Place {
  readonly run: ReportRun;
  readonly namespace: string;
  readonly context: Pick<ReconcileContext, "store">;
  readonly caches: Pick<Caches, "activeRuns" | "connectors" | "destinations" | "reports">;
}

/** What holds the run back until a person sets it free: `Report 'x'`, `Connector 'y'` or `Destination 'z'`. */
export function suspendedBy(
  place: Place,
  report: Report | undefined,
  version: PinnedVersion | undefined,
): string | undefined {
  const { run, namespace, context, caches } = place;
  if (report?.spec.suspend) return `Report '${report.metadata.name}'`;
  const connectors = context.store(caches.connectors.in(namespace));
  const connector = version?.definition.connectors.find(
    ({ name }) => connectors.get({ namespace, name })?.spec.suspend,
  );
  if (connector) return `Connector '${connector.name}'`;
  const destinations = context.store(caches.destinations.in(namespace));
  const destination = version?.definition.destinations.find(
    ({ name, mode }) => mode === run.spec.mode && destinations.get({ namespace, name })?.spec.suspend,
  );
  return destination && `Destination '${destination.name}'`;
}

/** Why the run has to wait for others of its Report or Connector; undefined when it may start. Older runs come first. */
export function queuedBehind(
  place: Place,
  report: Report | undefined,
  version: PinnedVersion | undefined,
): string | undefined {
  if (!version) return undefined;
  const { namespace, context, caches } = place;
  const ofReport = report && place.run.spec.reportRef.name === report.metadata.name ? [report] : [];
  const byReport = position(place, ofReport, report?.spec.run?.maxConcurrentRuns);
  if (byReport) return `Report '${report?.metadata.name}' allows no more runs at once: ${byReport}`;
  for (const { name } of version.definition.connectors) {
    const connector = context.store(caches.connectors.in(namespace)).get({ namespace, name });
    const ofConnector = context
      .store(caches.reports.in(namespace))
      .byIndex("connector", formatKey({ namespace, name }));
    const byConnector = position(place, ofConnector, connector?.spec.limits?.maxConcurrentRuns);
    if (byConnector) return `Connector '${name}' allows no more runs at once: ${byConnector}`;
  }
  return undefined;
}

/** A place in the queue, or undefined: those under way and older ones that wait go before. */
function position(
  { run, namespace, context, caches }: Place,
  reports: readonly Report[],
  limit: number | undefined,
): string | undefined {
  if (limit === undefined) return undefined;
  const runs = context.store(caches.activeRuns.in(namespace));
  const others = reports
    .flatMap(({ metadata }) => runs.byIndex("report", formatKey({ namespace, name: metadata.name })))
    .filter((other) => other.metadata.uid !== run.metadata.uid && isActive(other));
  const underWay = others.filter(isUnderWay).length;
  const before = isUnderWay(run) ? 0 : others.filter((other) => mayStart(other) && isOlder(other, run)).length;
  if (underWay + before < limit) return undefined;
  return `${underWay} under way of ${limit}, ${before} waiting before this one`;
}

function isActive({ status, metadata }: ReportRun): boolean {
  return !metadata.deletionTimestamp && !(status?.state && isEndState(status.state));
}

function isUnderWay({ status }: ReportRun): boolean {
  return (status?.attempts?.length ?? 0) > 0;
}

/** What a run may wait for without keeping its place: others go ahead of it. */
const heldBack: readonly string[] = [waitReasons.suspended, waitReasons.reportNotFound, waitReasons.reportNotReady];

function mayStart(run: ReportRun): boolean {
  const reason = findCondition(run.status?.conditions, "Succeeded")?.reason;
  return !isUnderWay(run) && (reason === undefined || !heldBack.includes(reason));
}

function isOlder(first: ReportRun, second: ReportRun): boolean {
  const text = ({ metadata }: ReportRun) => `${metadata.creationTimestamp} ${metadata.name}`;
  return text(first) < text(second);
}
