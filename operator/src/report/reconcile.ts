/** Brings one Report closer to a frozen version. What it throws, the loop turns into an event and a retry. */
import { apiVersion } from "@openreg/crds";
import { findCondition, isTrue } from "../controller/conditions.ts";
import type { ObjectKey, ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { plusSeconds } from "../instants.ts";
import type { Report, ReportState } from "../objects.ts";
import { reports } from "../resources.ts";
import { isSame } from "../same.ts";
import { apply } from "./apply.ts";
import { decide } from "./decide.ts";
import { gather, type ReportGatherDeps } from "./gather.ts";
import type { ReportInput } from "./input.ts";
import { summarize } from "./summarize.ts";

/** A busy machine may be why a check took too long. */
const checkAgainMilliseconds = 60_000;

/** Reconciles one Report. */
export async function reconcileReport(
  key: ObjectKey,
  context: ReconcileContext,
  deps: ReportGatherDeps,
): Promise<ReconcileResult> {
  const input = await gather(key, context, deps);
  if (!input) return {}; // its versions and runs stay
  const decision = decide(input);
  const outcome = await apply(decision, input, context);
  const status = summarize(input, decision, outcome, context.now());
  await writeStatus(input, status, context);
  return input.resolved?.remarks.some(({ code }) => code === "CheckTooExpensive")
    ? { requeueAfterMilliseconds: checkAgainMilliseconds }
    : requeueFor(status, input);
}

async function writeStatus({ report }: ReportInput, status: ReportState, { client }: ReconcileContext): Promise<void> {
  if (isSame(report.status, status)) return;
  const { name, namespace = "", resourceVersion = "" } = report.metadata;
  const next = { apiVersion, kind: "Report", metadata: { name, namespace, resourceVersion }, status };
  await client.applyStatus<Report>(reports, next as unknown as Report);
}

/** ConfigMaps need not be watched: one that was missing or wrong is looked at again. */
const lookAgainMilliseconds = { notReady: 10_000, ready: 300_000 };

/** A missing reference wakes the Report when it comes; the clock only says when to call it stalled. */
function requeueFor(
  { conditions }: ReportState,
  { referenceGraceSeconds, usesConfigMaps }: ReportInput,
): ReconcileResult {
  if (usesConfigMaps) {
    const { ready, notReady } = lookAgainMilliseconds;
    return { requeueAfterMilliseconds: isTrue(conditions, "Ready") ? ready : notReady };
  }
  const since = findCondition(conditions, "Reconciling")?.lastTransitionTime;
  return since ? { requeueAt: plusSeconds(since, referenceGraceSeconds) } : {};
}
