/** Owns the interface by which steps say how far they are, and the form of it that needs no cluster. */
import type { RunPlan, StepName } from "@openreg/crds";
import type { Clock } from "./clock.ts";
import { type ExecutionDraft, enterStep, newDraft } from "./execution.ts";

/** How an attempt is reported, and how it learns whether it may go on. */
export interface Progress {
  /** What is reported; steps change it and call `changed`. */
  readonly draft: ExecutionDraft;
  /** Takes the attempt. Throws StepError `Fenced` when another Pod has it. */
  take(): Promise<void>;
  /** Moves to a step; reported soon, together with what else changes meanwhile. */
  enter(step: StepName): void;
  /** Says that the draft changed; reported with the next heartbeat. */
  changed(): void;
  /** Resolves when the draft as it stands now has been reported. */
  settled(): Promise<void>;
  /** The live check before an effect. Throws StepError `Fenced` when the attempt is no longer ours, `Cancelled` when it was cancelled. */
  checkOwned(): Promise<void>;
  /** Stops heartbeats. */
  close(): void;
}

/** Rows come by the ten thousand per second; a terminal need not see each. */
const showEveryMilliseconds = 100;

/** Reports to a callback: a terminal, a test. Nobody else can own such a run. */
export function newLocalProgress(plan: RunPlan, clock: Clock, show: (draft: ExecutionDraft) => void): Progress {
  const draft = newDraft(plan.attempt, "local", clock.now());
  let shownAt = Number.NEGATIVE_INFINITY;
  const showSometimes = (): void => {
    const now = clock.monotonicMilliseconds();
    if (now - shownAt < showEveryMilliseconds) return;
    shownAt = now;
    show(draft);
  };
  return {
    draft,
    take: async () => show(draft),
    enter: (step) => {
      enterStep(draft, step, clock.now());
      show(draft);
    },
    changed: showSometimes,
    settled: async () => show(draft),
    checkOwned: async () => {},
    close: () => {},
  };
}
