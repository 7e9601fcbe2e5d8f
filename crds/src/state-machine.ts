/** Owns the states of a ReportRun and which may follow which: the one table that operator, runner and the CEL of the CRD use. */

/** The states a run passes through in order; each is also the name of the step that does its work. */
export const orderedStates = [
  "Pending",
  "Initializing",
  "FetchingData",
  "PreValidation",
  "Transforming",
  "PostValidation",
  "GeneratingArtifacts",
  "AwaitingRelease",
  "Delivering",
  "Completed",
] as const;

/** The states that end a run without completing it. */
export const otherEndStates = ["Failed", "Cancelled", "AlreadyFiled", "Missed", "Skipped"] as const;

/** Every state of a ReportRun. */
export const runStates = [...orderedStates, ...otherEndStates] as const;

/** A state of a ReportRun. */
export type RunState = (typeof runStates)[number];

/** States in which the runner works; their names are the steps of `status.execution`. */
export const stepStates = [
  "Initializing",
  "FetchingData",
  "PreValidation",
  "Transforming",
  "PostValidation",
  "GeneratingArtifacts",
  "Delivering",
] as const;

/** A step of the runner: the work of one state. */
export type StepName = (typeof stepStates)[number];

/** Ends that nothing leaves. */
export const finalStates = ["Completed", "Cancelled", "AlreadyFiled"] as const satisfies readonly RunState[];

/** Ends that a retry leaves, as a new attempt that begins at Pending. */
export const retryableEndStates = ["Failed", "Missed", "Skipped"] as const satisfies readonly RunState[];

/** States in which a run may be created. */
export const firstStates = ["Pending", "Missed", "Skipped"] as const satisfies readonly RunState[];

/** States in which a later attempt of an unfinished run may start. */
export const attemptStartStates = ["Initializing", "Delivering"] as const satisfies readonly RunState[];

const order = new Map<string, number>(orderedStates.map((state, index) => [state, index]));
const among = (states: readonly RunState[], state: RunState): boolean => states.includes(state);

/** Says whether nothing more happens in this state unless somebody asks for a retry. */
export function isEndState(state: RunState): boolean {
  return among(finalStates, state) || among(retryableEndStates, state);
}

/** Says whether a retry may leave this end state. */
export function isRetryableEnd(state: RunState): boolean {
  return among(retryableEndStates, state);
}

/**
 * Says whether a run may go from one state to another.
 * `attemptRaised` is true when the same write raises `status.attempt`. Staying in a state is always allowed.
 */
export function canMove(from: RunState, to: RunState, attemptRaised: boolean): boolean {
  if (from === to) return true;
  if (among(finalStates, from)) return false;
  if (among(retryableEndStates, from)) return to === "Pending" && attemptRaised;
  if (to === "Failed" || to === "Cancelled" || to === "AlreadyFiled") return true;
  if (to === "Missed") return from === "Pending";
  if (to === "Skipped") return from === "Pending" || from === "Initializing";
  if (attemptRaised) return among(attemptStartStates, to);
  return isLater(from, to) && (to !== "Completed" || from === "Delivering");
}

function isLater(from: RunState, to: RunState): boolean {
  return (order.get(to) ?? -1) > (order.get(from) ?? Number.POSITIVE_INFINITY);
}

/** The states that may follow a state, with or without a new attempt: what the documentation draws. */
export function statesAfter(from: RunState): readonly RunState[] {
  return runStates.filter((to) => to !== from && (canMove(from, to, false) || canMove(from, to, true)));
}

const celList = (states: readonly string[]): string => `[${states.map((state) => `'${state}'`).join(", ")}]`;

/** The CEL that refuses an illegal transition, for the `status` of a ReportRun; it says what `canMove` says. */
export function transitionRule(): string {
  // A status without attempt counts as attempt 0, so that a missing number is a refusal and not an error of CEL.
  const raised = "(has(self.attempt) && self.attempt > (has(oldSelf.attempt) ? oldSelf.attempt : 0))";
  const positions = `{${orderedStates.map((state, index) => `'${state}': ${index}`).join(", ")}}`;
  return [
    "!has(self.state) || !has(oldSelf.state) || self.state == oldSelf.state || ",
    `(oldSelf.state in ${celList(finalStates)} ? false : `,
    `oldSelf.state in ${celList(retryableEndStates)} ? self.state == 'Pending' && ${raised} : `,
    "self.state in ['Failed', 'Cancelled', 'AlreadyFiled'] ? true : ",
    "self.state == 'Missed' ? oldSelf.state == 'Pending' : ",
    "self.state == 'Skipped' ? oldSelf.state in ['Pending', 'Initializing'] : ",
    `self.state in ${positions} && oldSelf.state in ${positions} && (${raised} ? `,
    `self.state in ${celList(attemptStartStates)} : `,
    `${positions}[self.state] > ${positions}[oldSelf.state] && (self.state != 'Completed' || oldSelf.state == 'Delivering')))`,
  ].join("");
}
