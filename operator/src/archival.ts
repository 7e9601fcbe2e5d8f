/** Owns whether what a run did at receivers is proven in the store: only then may retention remove it from the cluster. Pure. */
import { breakGlassAnnotation } from "@openreg/crds";
import { deliveryCountsOf } from "./delivery-counts.ts";
import type { ReportRun, RunStatus } from "./objects.ts";

/** `Nothing`: no receiver has anything of the run. `Kept`: evidence and receipts are in the store. `Missing`: they are not, or not all. */
export type Archival = "Nothing" | "Kept" | "Missing";

/** How far an ended run is archived. */
export function archivalOf(status: Pick<RunStatus, "state" | "execution" | "evidence"> | undefined): Archival {
  const { state, execution, evidence } = status ?? {};
  const { inFlight, unknown, conflict, delivered } = deliveryCountsOf(execution);
  const open = inFlight + unknown + conflict;
  if (state !== "Completed" && open + delivered === 0) return "Nothing";
  const isProven = evidence !== undefined && evidence.sha256 === execution?.evidence?.sha256;
  const lacksReceipt = (execution?.deliveries ?? []).some((one) => one.state === "Delivered" && !one.receipt);
  return isProven && open === 0 && !lacksReceipt ? "Kept" : "Missing";
}

/** Why somebody of a break-glass group lets a run go that is not archived; undefined when nobody does. The admission policy says who may. */
export function releasedBecause({ metadata }: ReportRun): string | undefined {
  return metadata.annotations?.[breakGlassAnnotation] || undefined;
}
