/** Owns the status of an ArtifactStore. Pure. */
import type { Instant } from "@openreg/crds/types";
import { removeCondition, setConditions } from "../controller/conditions.ts";
import type { StoreStatus } from "../objects.ts";
import type { StoreDecision, StoreInput } from "./input.ts";

/** The status after a reconcile. */
export function summarize(
  { store }: StoreInput,
  decision: StoreDecision,
  now: Instant,
  retention: StoreStatus["retention"] = store.status?.retention,
): StoreStatus {
  const observedGeneration = store.metadata.generation ?? 0;
  const { ready, reason, message } = decision;
  const before = removeCondition(store.status?.conditions ?? [], "Reconciling");
  const observed = { reason, message, observedGeneration };
  const conditions = ready
    ? setConditions(removeCondition(before, "Stalled"), [{ type: "Ready", status: "True", ...observed }], now)
    : setConditions(
        before,
        [
          { type: "Ready", status: "False", ...observed },
          { type: "Stalled", status: "True", ...observed },
        ],
        now,
      );
  return { observedGeneration, conditions, ...(retention && { retention }) };
}
