/** Makes the fault plans of a recorded run: one per write and fault, one per failpoint, one per fault of what is seen. Pure. */
import { type FailpointName, failpoints } from "../../runner/src/failpoints.ts";
import type { Actor } from "./api-call.ts";
import { type ViewFault, type WriteFault, wordsOf, writeFaults } from "./fault.ts";

/** A write of the recorded run: the `ordinal`-th of its purpose, counted from 1. */
export interface RecordedWrite {
  readonly actor: Actor;
  readonly purpose: string;
  readonly ordinal: number;
}

/** One plan. */
export type Plan =
  | { readonly kind: "Write"; readonly write: RecordedWrite; readonly fault: WriteFault }
  | { readonly kind: "View"; readonly fault: ViewFault; readonly restartAt?: RecordedWrite }
  | { readonly kind: "Failpoint"; readonly name: FailpointName };

/** Where a plan acts, in few words. */
export function placeOf(plan: Plan): string {
  if (plan.kind === "Write") return `${plan.write.actor}: ${plan.write.purpose} #${plan.write.ordinal}`;
  if (plan.kind === "Failpoint") return `runner at ${plan.name}`;
  return plan.restartAt ? `operator: view, restarted at ${plan.restartAt.purpose}` : "operator: view";
}

/** What a plan does, in few words. */
export function faultOf(plan: Plan): string {
  return plan.kind === "Failpoint" ? "killed" : wordsOf(plan.fault);
}

/** Whether a plan has an operator of its own: it dies, or sees what others do not. */
export function needsOwnOperator(plan: Plan): boolean {
  if (plan.kind === "View") return true;
  if (plan.kind !== "Write" || plan.write.actor === "runner") return false;
  return plan.fault.kind.startsWith("Crash") || plan.write.purpose === "create configmaps: key"; // written where it lives
}

/** The writes that every recording has, and those that only some have: steps that fall together become one write. */
export function stableWrites(recordings: readonly (readonly RecordedWrite[])[]): {
  readonly always: readonly RecordedWrite[];
  readonly sometimes: readonly RecordedWrite[];
} {
  const all = new Map(recordings.flat().map((write) => [keyOf(write), write]));
  const isAlways = (write: RecordedWrite) =>
    recordings.every((recording) => recording.some((one) => keyOf(one) === keyOf(write)));
  const writes = [...all.values()];
  return { always: writes.filter(isAlways), sometimes: writes.filter((write) => !isAlways(write)) };
}

/** Tells writes apart. */
export function keyOf({ actor, purpose, ordinal }: RecordedWrite): string {
  return `${actor} ${purpose} ${ordinal}`;
}

/** One plan per write and fault. */
export function writePlans(writes: readonly RecordedWrite[]): readonly Plan[] {
  return writes.flatMap((write) =>
    writeFaults.filter((fault) => isHonest(write, fault)).map((fault): Plan => ({ kind: "Write", write, fault })),
  );
}

/** No API server says of an object that is there, with the UID that was named, that it is gone or another: we believe such a word. */
function isHonest({ purpose }: RecordedWrite, fault: WriteFault): boolean {
  return !purpose.startsWith("delete ") || fault.kind !== "Refused" || ![404, 409].includes(fault.status);
}

/** One plan per failpoint. */
export function failpointPlans(): readonly Plan[] {
  return failpoints.map((name): Plan => ({ kind: "Failpoint", name }));
}

/** The faults of what the operator sees, and for each of its writes a restart with lists from before that write. */
export function viewPlans(writes: readonly RecordedWrite[]): readonly Plan[] {
  const restarts = writes.filter(({ actor, purpose }) => actor === "operator" && !purpose.includes(" events"));
  return [
    ...viewFaults.map((fault): Plan => ({ kind: "View", fault })),
    ...restarts.map(
      (restartAt): Plan => ({ kind: "View", fault: { kind: "StaleList", milliseconds: 700 }, restartAt }),
    ),
  ];
}

const kinds = ["reportruns", "jobs", "pods", "networkpolicies", "reports", "reportversions"];

const viewFaults: readonly ViewFault[] = [
  ...kinds.map((one): ViewFault => ({ kind: "Late", resources: [one], milliseconds: 700 })),
  { kind: "Late", resources: ["jobs", "pods"], milliseconds: 1_500 },
  { kind: "Merged", milliseconds: 300 },
  { kind: "Merged", milliseconds: 2_000 },
  { kind: "Ended", milliseconds: 1_200 },
  { kind: "Broken", milliseconds: 1_200 },
  { kind: "Garbage", afterEvents: 1 },
  { kind: "Garbage", afterEvents: 3 },
  { kind: "ErrorEvent", afterEvents: 1, status: 410 },
  { kind: "ErrorEvent", afterEvents: 2, status: 500 },
  { kind: "Split", bytes: 7 },
];
