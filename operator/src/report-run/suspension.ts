/** Owns what holds runs back although nothing is wrong with them: suspension. */
import type { Caches } from "../caches.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { Report, ReportRun } from "../objects.ts";
import type { PinnedVersion } from "./input.ts";

interface Place {
  readonly run: ReportRun;
  readonly namespace: string;
  readonly context: Pick<ReconcileContext, "store">;
  readonly caches: Pick<Caches, "connectors" | "destinations">;
}

/** What holds the run back until a person sets it free: `Report 'x'`, `Connector 'y'` or `Destination 'z'`. */
export function suspendedBy(
  place: Place,
  report: Report | undefined,
  version: Pick<PinnedVersion, "definition"> | undefined,
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
