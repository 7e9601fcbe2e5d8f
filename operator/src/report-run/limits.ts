/** Owns what holds runs back although nothing is wrong with them: suspension, and limits on how many may be under way. */
import { isEndState } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import { formatKey } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { Report, ReportRun } from "../objects.ts";
import type { PinnedVersion } from "./input.ts";

interface Place {
  readonly run: ReportRun;
  readonly namespace: string;
  readonly context: Pick<ReconcileContext, "store">;
  readonly caches: Caches;
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
  const { run, namespace, context, caches } = place;
  const active = context
    .store(caches.activeRuns.in(namespace))
    .list()
    .filter(
      (other) => other.metadata.namespace === namespace && other.metadata.uid !== run.metadata.uid && isActive(other),
    );
  const ofReport = active.filter((other) => other.spec.reportRef.name === run.spec.reportRef.name);
  const byReport = position(run, ofReport, report?.spec.run?.maxConcurrentRuns);
  if (byReport) return `Report '${report?.metadata.name}' allows no more runs at once: ${byReport}`;
  for (const { name } of version.definition.connectors) {
    const connector = context.store(caches.connectors.in(namespace)).get({ namespace, name });
    const reports = context.store(caches.reports.in(namespace)).byIndex("connector", formatKey({ namespace, name }));
    const names = new Set(reports.map((one) => one.metadata.name));
    const ofConnector = active.filter((other) => names.has(other.spec.reportRef.name ?? ""));
    const byConnector = position(run, ofConnector, connector?.spec.limits?.maxConcurrentRuns);
    if (byConnector) return `Connector '${name}' allows no more runs at once: ${byConnector}`;
  }
  return undefined;
}

function isActive({ status, metadata }: ReportRun): boolean {
  return !metadata.deletionTimestamp && !(status?.state && isEndState(status.state));
}

function isUnderWay({ status }: ReportRun): boolean {
  return (status?.attempts?.length ?? 0) > 0;
}

/** A place in the queue, or undefined: those under way and older ones that wait go before. */
function position(run: ReportRun, others: readonly ReportRun[], limit: number | undefined): string | undefined {
  if (limit === undefined) return undefined;
  const underWay = others.filter(isUnderWay).length;
  const before = isUnderWay(run) ? 0 : others.filter((other) => !isUnderWay(other) && isOlder(other, run)).length;
  if (underWay + before < limit) return undefined;
  return `${underWay} under way of ${limit}, ${before} waiting before this one`;
}

function isOlder(first: ReportRun, second: ReportRun): boolean {
  const text = ({ metadata }: ReportRun) => `${metadata.creationTimestamp} ${metadata.name}`;
  return text(first) < text(second);
}
