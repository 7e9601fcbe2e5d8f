/** Owns the one place where a run's status is written, but for `execution`. */
import { apiVersion } from "@openreg/crds";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ReportRun } from "../objects.ts";
import { reportRuns } from "../resources.ts";
import { isSame } from "../same.ts";
import { type OwnStatus, ownStatusOf } from "./derive.ts";
import type { Decision } from "./input.ts";
import type { StatusPace } from "./pace.ts";

interface Writing {
  readonly context: Pick<ReconcileContext, "client">;
  readonly decision: Decision;
  readonly pace: StatusPace;
}

/** Writes the status where it changes anything. Answers milliseconds to wait when it is too soon, and nothing was written. */
export async function writeRunStatus(
  run: ReportRun,
  status: OwnStatus,
  { context, decision, pace }: Writing,
): Promise<number | undefined> {
  const own = ownStatusOf(run);
  // A new generation alone is no news while the run is under way.
  if (isSame({ ...own, observedGeneration: status.observedGeneration }, status)) return undefined;
  const { name, namespace = "", resourceVersion = "", uid = "" } = run.metadata;
  const wait = decision.kind === "Follow" ? pace.waitFor(uid) : 0;
  if (wait > 0) return wait;
  const next = { apiVersion, kind: "ReportRun", metadata: { name, namespace, resourceVersion }, status };
  pace.note(uid); // an attempt that meets a conflict counts too: a runner that reports often would cause one with each report
  await context.client.applyStatus<ReportRun>(reportRuns, next as unknown as ReportRun);
  return undefined;
}
