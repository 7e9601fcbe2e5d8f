/** Owns that an attempt starts only when there is room for its run: others of its namespace may come first. */
import type { Instant } from "@openreg/crds/types";
import type { Admission } from "../admission/admission.ts";
import { waitReasons } from "../errors.ts";
import { plusSeconds } from "../instants.ts";
import type { Decision, ReportRunInput } from "./input.ts";

/** Being let start wakes a run; this is the net under it. */
const lookAgainSeconds = 300;

/** The decision, or to wait in line instead. What is in flight at a receiver is settled without waiting. */
export async function inLine(
  decision: Decision,
  { run }: ReportRunInput,
  { admission, now }: { readonly admission: Pick<Admission, "standingOf">; readonly now: Instant },
): Promise<Decision> {
  if (decision.kind !== "StartAttempt" || decision.purpose !== "Run") return decision;
  const message = await admission.standingOf(run);
  if (message === undefined) return decision;
  return { kind: "Wait", reason: waitReasons.queued, message, until: plusSeconds(now, lookAgainSeconds) };
}
