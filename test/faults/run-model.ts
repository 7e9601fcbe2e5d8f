/** A small model of a run, against which everything the API server ever showed of it is replayed. Pure. */
import { canMove, stepStates } from "@openreg/crds";
import type { ReportRun } from "../../operator/src/objects.ts";

/** What is wrong with a sequence of versions of one run, in sentences; empty when nothing is. */
export function brokenByHistory(versions: readonly ReportRun[]): readonly string[] {
  return versions.flatMap((after, index) => {
    const before = versions[index - 1];
    const known = before?.metadata.uid === after.metadata.uid ? before : undefined;
    return [...moveProblems(known, after), ...executionProblems(known, after), ...endProblems(after)];
  });
}

function moveProblems(before: ReportRun | undefined, { status: now }: ReportRun): readonly string[] {
  const was = before?.status;
  if (!was?.state || !now?.state) return was?.state ? ["the state was taken away"] : [];
  const [old, attempt] = [was.attempt ?? 0, now.attempt ?? 0];
  if (attempt < old) return [`the attempt went back from ${old} to ${attempt}`];
  if (was.state === now.state || canMove(was.state, now.state, attempt > old)) return [];
  return [`${was.state} became ${now.state} in attempt ${old} to ${attempt}`];
}

/** Within an attempt there is one owner, and no step backwards. */
function executionProblems(before: ReportRun | undefined, after: ReportRun): readonly string[] {
  const [was, now] = [before?.status?.execution, after.status?.execution];
  if (!was || !now || was.attempt !== now.attempt) return [];
  const problems: string[] = [];
  if (was.podUID !== now.podUID) problems.push(`attempt ${now.attempt} went from Pod ${was.podUID} to ${now.podUID}`);
  if (placeOf(now.step) < placeOf(was.step)) problems.push(`attempt ${now.attempt} went back to ${now.step}`);
  for (const delivery of was.deliveries ?? []) {
    const next = now.deliveries?.find(
      (one) => one.destination === delivery.destination && one.artifact === delivery.artifact,
    );
    if (delivery.state === "Delivered" && next?.state !== "Delivered") problems.push("a delivery was taken back");
  }
  return problems;
}

function endProblems({ status }: ReportRun): readonly string[] {
  if (status?.state !== "Completed") return [];
  const { execution, evidence } = status;
  const open = (execution?.deliveries ?? []).filter(({ state, receipt }) => state !== "Delivered" || !receipt);
  return [
    ...(open.length > 0 ? ["Completed without all receipts"] : []),
    ...(execution?.deliveries?.length ? [] : ["Completed without a delivery"]),
    ...(evidence?.signature ? [] : ["Completed without signed evidence"]),
  ];
}

function placeOf(step: string | undefined): number {
  return (stepStates as readonly string[]).indexOf(step ?? "");
}
