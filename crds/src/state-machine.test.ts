/** Says which state may follow which, and proves by random walks that every run ends. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attemptStartStates,
  canMove,
  finalStates,
  firstStates,
  isEndState,
  isRetryableEnd,
  orderedStates,
  otherEndStates,
  type RunState,
  retryableEndStates,
  runStates,
  statesAfter,
  stepStates,
} from "./state-machine.ts";

type Move = readonly [from: RunState, to: RunState, attemptRaised: boolean];

const allowed: Record<string, Move> = {
  "a run begins to initialize": ["Pending", "Initializing", true],
  "a step follows the one before": ["FetchingData", "PreValidation", false],
  "states without work are passed over": ["Initializing", "GeneratingArtifacts", false],
  "a run without deliveries passes through Delivering": ["Delivering", "Completed", false],
  "artifacts may wait for release": ["GeneratingArtifacts", "AwaitingRelease", false],
  "released artifacts are delivered": ["AwaitingRelease", "Delivering", true],
  "a later attempt begins anew": ["PostValidation", "Initializing", true],
  "a later attempt of a delivery goes on delivering": ["Delivering", "Initializing", true],
  "a run fails from any work": ["Transforming", "Failed", false],
  "a run is cancelled before it starts": ["Pending", "Cancelled", false],
  "a filing that is met is found while initializing": ["Initializing", "AlreadyFiled", false],
  "a slot is missed before it starts": ["Pending", "Missed", false],
  "a filing in progress is found while initializing": ["Initializing", "Skipped", false],
  "a failed run is retried as a new attempt": ["Failed", "Pending", true],
  "a missed run is retried as a new attempt": ["Missed", "Pending", true],
  "a skipped run is retried as a new attempt": ["Skipped", "Pending", true],
  "a state may be written again": ["Completed", "Completed", false],
};

const refused: Record<string, Move> = {
  "a run never goes back in the same attempt": ["PreValidation", "FetchingData", false],
  "a run never goes back to Pending while it works": ["FetchingData", "Pending", true],
  "a new attempt never begins in the middle": ["Failed", "PreValidation", true],
  "an unfinished run's new attempt never begins in the middle": ["Initializing", "PostValidation", true],
  "nothing completes but by delivering": ["GeneratingArtifacts", "Completed", false],
  "nothing completes by starting an attempt": ["Delivering", "Completed", true],
  "a completed run stays completed": ["Completed", "Failed", false],
  "a completed run is not retried": ["Completed", "Pending", true],
  "a cancelled run is not retried": ["Cancelled", "Pending", true],
  "a met filing is not retried": ["AlreadyFiled", "Pending", true],
  "a failed run is not retried within its attempt": ["Failed", "Pending", false],
  "a failed run does not turn into a cancelled one": ["Failed", "Cancelled", false],
  "a run that has begun is not missed": ["Initializing", "Missed", false],
  "a run that fetches is not skipped": ["FetchingData", "Skipped", false],
};

describe("a move is allowed when", () => {
  test.each(Object.entries(allowed))("%s", (_sentence, move) => expect(canMove(...move)).toBe(true));
});

describe("a move is refused when", () => {
  test.each(Object.entries(refused))("%s", (_sentence, move) => expect(canMove(...move)).toBe(false));
});

describe("the lists of states", () => {
  test("part every state into those on the way and those that end it", () => {
    const ends = runStates.filter(isEndState);
    expect(ends.sort()).toEqual(["Completed", ...otherEndStates].sort());
    expect([...finalStates, ...retryableEndStates].sort()).toEqual(ends);
  });

  test("name states only once, and steps, first states and starts of attempts among them", () => {
    expect(new Set(runStates).size).toBe(runStates.length);
    for (const list of [stepStates, firstStates, attemptStartStates])
      expect(runStates).toEqual(expect.arrayContaining([...list]));
  });

  test("say that only Failed, Missed and Skipped can be retried", () => {
    expect(runStates.filter(isRetryableEnd)).toEqual(["Failed", "Missed", "Skipped"]);
  });
});

describe("every state", () => {
  test.each(finalStates)("but %s leads somewhere: it is final", (state) => expect(statesAfter(state)).toEqual([]));

  test.each(retryableEndStates)("%s leads to Pending only", (state) => expect(statesAfter(state)).toEqual(["Pending"]));

  test.each(runStates)("%s is reached from a first state and reaches an end", (state) => {
    expect(firstStates.some((first) => reachableFrom(first).has(state))).toBe(true);
    expect([...reachableFrom(state)].some(isEndState)).toBe(true);
  });

  test.each(orderedStates)("%s can still complete, unless it has", (state) => {
    expect(reachableFrom(state).has("Completed")).toBe(true);
  });
});

function reachableFrom(state: RunState): ReadonlySet<RunState> {
  const seen = new Set<RunState>([state]);
  for (const one of seen) for (const next of statesAfter(one)) seen.add(next);
  return seen;
}

/** Walks by chance: each number chooses the next of the allowed moves. Stops at a final state. */
function walk(first: RunState, choices: readonly number[]): readonly Move[] {
  const moves: Move[] = [];
  let state = first;
  for (const choice of choices) {
    const all = runStates.flatMap((to) => [false, true].map((raised): Move => [state, to, raised]));
    const next = all.filter(([from, to, raised]) => to !== from && canMove(from, to, raised));
    const move = next[choice % Math.max(1, next.length)];
    if (!move) break;
    moves.push(move);
    state = move[1];
  }
  return moves;
}

const anyWalk = fc
  .tuple(fc.constantFrom(...firstStates), fc.array(fc.nat(1000), { maxLength: 60 }))
  .map(([first, choices]) => walk(first, choices));

describe("a walk by chance", () => {
  test("never leaves a final state", () => {
    fc.assert(
      fc.property(anyWalk, (moves) => moves.every(([from]) => !(finalStates as readonly string[]).includes(from))),
    );
  });

  test("never leaves an end but as a new attempt that begins at Pending", () => {
    fc.assert(
      fc.property(anyWalk, (moves) =>
        moves.filter(([from]) => isEndState(from)).every(([, to, raised]) => to === "Pending" && raised),
      ),
    );
  });

  test("goes on only forwards, unless an attempt begins", () => {
    const place = (state: RunState) => (orderedStates as readonly string[]).indexOf(state);
    fc.assert(
      fc.property(anyWalk, (moves) =>
        moves
          .filter(([from, to, raised]) => !raised && place(from) >= 0 && place(to) >= 0)
          .every(([from, to]) => place(to) > place(from)),
      ),
    );
  });

  test("completes only after delivering", () => {
    fc.assert(
      fc.property(anyWalk, (moves) =>
        moves.filter(([, to]) => to === "Completed").every(([from, , raised]) => from === "Delivering" && !raised),
      ),
    );
  });

  test("ends within ten moves when no attempt begins", () => {
    fc.assert(
      fc.property(anyWalk, (moves) => {
        const withoutRaise = moves.findIndex(([, , raised]) => raised);
        return (withoutRaise < 0 ? moves.length : withoutRaise) <= orderedStates.length;
      }),
    );
  });
});
