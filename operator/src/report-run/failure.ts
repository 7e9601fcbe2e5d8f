/** Owns what a run says while the operator itself cannot go on with it: the API server refuses, a quota is used up. */
import { isEndState } from "@openreg/crds";
import type { Caches } from "../caches.ts";
import { setCondition } from "../controller/conditions.ts";
import type { Failure } from "../controller/failure.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { moveTo, ownStatusOf } from "./derive.ts";
import type { StatusPace } from "./pace.ts";
import { writeRunStatus } from "./write-status.ts";

/** Writes the failure of a reconcile into the run's condition; the next reconcile that works says again how the run is. */
export async function reportRunFailure(
  { key, reason, message }: Failure,
  context: ReconcileContext,
  { caches, pace }: { readonly caches: Caches; readonly pace: StatusPace },
): Promise<void> {
  const run = context.store(caches.activeRuns.in(key.namespace)).get(key);
  if (!run || (run.status?.state && isEndState(run.status.state))) return;
  const now = context.now();
  const own = moveTo({ attempt: 0, ...ownStatusOf(run) }, run.status?.state ?? "Pending", now);
  const condition = { type: "Succeeded", status: "Unknown" as const, reason, message: message.slice(0, 1024) };
  const status = { ...own, conditions: setCondition(own.conditions ?? [], condition, now) };
  await writeRunStatus(run, status, { context, decision: { kind: "Rest" }, pace });
}
