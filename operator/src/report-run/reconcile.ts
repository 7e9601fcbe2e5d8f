/** Brings one ReportRun closer to its end. What it throws, the loop turns into an event and a retry. */
import type { Admission } from "../admission/admission.ts";
import type { ObjectKey, ReconcileResult } from "../controller/kubernetes.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import { type Announcer, announce } from "./announce.ts";
import { apply, type RunApplyDeps } from "./apply.ts";
import { decide } from "./decide.ts";
import { gather, type RunGatherDeps } from "./gather.ts";
import { inLine } from "./in-line.ts";
import type { Decision } from "./input.ts";
import type { StatusPace } from "./pace.ts";
import { reopen } from "./reopen.ts";
import { summarize } from "./summarize.ts";
import { writeRunStatus } from "./write-status.ts";

/** What reconciling runs needs besides the context. */
export interface ReportRunDeps extends RunGatherDeps, Pick<RunApplyDeps, "signer"> {
  readonly announcer: Announcer;
  readonly pace: StatusPace;
  readonly admission: Pick<Admission, "standingOf">;
}

/** Reconciles one ReportRun. */
export async function reconcileReportRun(
  key: ObjectKey,
  context: ReconcileContext,
  deps: ReportRunDeps,
): Promise<ReconcileResult> {
  const input = await gather(key, context, deps);
  if (!input) return reopen(key, context, deps.caches);
  const now = context.now();
  const decision = await inLine(decide(input, now), input, { admission: deps.admission, now });
  const outcome = await apply(decision, input, { client: context.client, now, signer: deps.signer });
  const status = summarize(input, decision, outcome, now);
  const later = status && (await writeRunStatus(input.run, status, { context, decision, pace: deps.pace }));
  if (later !== undefined) return { requeueAfterMilliseconds: later };
  announce(input, { decision, outcome, status }, deps.announcer);
  return requeueFor(decision);
}

function requeueFor(decision: Decision): ReconcileResult {
  const until = decision.kind === "Wait" || decision.kind === "Follow" ? decision.until : undefined;
  return until ? { requeueAt: until } : {};
}
