/** Proves on a real API server that the CEL of `status` says what `canMove` says, for every pair of states. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canMove, orderedStates, type RunState, runStates } from "../../../crds/src/index.ts";
import { firstStates } from "../../../crds/src/state-machine.ts";
import { type Api, pathOf, refusalsOf, startApi } from "./api.ts";
import { completeObject } from "./objects.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await create("fresh");
  for (const state of runStates) await createIn(state);
});
afterAll(() => api?.stop());

/** The attempt that every run of these tests stands in. */
const attempt = 3;

async function create(name: string): Promise<void> {
  const { status: _status, ...object } = completeObject("ReportRun");
  const body = { ...object, metadata: { name } };
  expect(refusalsOf(await api.send({ method: "POST", path: pathOf("ReportRun"), body }))).toBe("");
}

async function patched(name: string, status: object | null, isKept = false): Promise<string> {
  const query = isKept ? "fieldValidation=Strict" : "dryRun=All&fieldValidation=Strict";
  const path = `${pathOf("ReportRun", name, "status")}?${query}`;
  return refusalsOf(
    await api.send({ method: "PATCH", path, body: { status }, contentType: "application/merge-patch+json" }),
  );
}

/** The shortest legal way from nothing to a state. */
function wayTo(state: RunState): readonly RunState[] {
  if ((firstStates as readonly string[]).includes(state)) return [state];
  return state === "Completed" ? ["Pending", "Delivering", "Completed"] : ["Pending", state];
}

async function createIn(state: RunState): Promise<void> {
  const name = state.toLowerCase();
  await create(name);
  for (const step of wayTo(state)) {
    expect(await patched(name, { state: step, attempt }, true), `${name} goes to ${step}`).toBe("");
  }
}

describe("a run without a state", () => {
  test.each(runStates)("is told whether it may begin as %s", async (state) => {
    const refusals = await patched("fresh", { state, attempt: 0 });
    const mayBegin = (firstStates as readonly string[]).includes(state);
    expect(refusals).toContain(mayBegin ? "" : "the first state of a run is one of Pending, Missed, Skipped");
    expect(refusals === "").toBe(mayBegin);
  });
});

describe.each(runStates)("a run that is %s", (from) => {
  test.each(runStates)("is told whether it may go to %s", async (to) => {
    for (const isRaised of [false, true]) {
      const refusals = await patched(from.toLowerCase(), { state: to, attempt: isRaised ? attempt + 1 : attempt });
      const where = `${from} to ${to}${isRaised ? " as a new attempt" : ""}: ${refusals}`;
      expect(refusals === "", where).toBe(canMove(from, to, isRaised));
      if (refusals) expect(refusals).toContain("status: Invalid value");
      if (refusals) expect(refusals).toContain("this state cannot follow the state that the run is in");
    }
  });

  test("keeps its state, its attempt and its status", async () => {
    const name = from.toLowerCase();
    expect(await patched(name, { state: null })).toContain("the state of a run cannot be removed");
    expect(await patched(name, { attempt: null })).toContain("the attempt of a run only grows");
    expect(await patched(name, { attempt: attempt - 1 })).toContain("the attempt of a run only grows");
    expect(await patched(name, null)).toContain("the status of a run cannot be removed");
  });
});

describe("a run whose status has no attempt", () => {
  beforeAll(async () => {
    await create("unnumbered");
    expect(await patched("unnumbered", { state: "Pending" }, true)).toBe("");
    await create("missed-unnumbered");
    expect(await patched("missed-unnumbered", { state: "Missed" }, true)).toBe("");
  });

  test("begins its first attempt", async () => {
    expect(await patched("unnumbered", { state: "Initializing", attempt: 1 })).toBe("");
  });

  test("is refused in words where an attempt is needed", async () => {
    const refusals = await patched("missed-unnumbered", { state: "Pending" });
    expect(refusals).toContain("this state cannot follow the state that the run is in");
    expect(await patched("missed-unnumbered", { state: "Pending", attempt: 1 })).toBe("");
  });
});

test("a run walks through all of its states, fails, is retried and completes", async () => {
  await create("walk");
  const walk: readonly (readonly [RunState, number])[] = [
    ...orderedStates.slice(0, 5).map((state) => [state, 1] as const),
    ["Initializing", 2],
    ["Failed", 2],
    ["Pending", 3],
    ...orderedStates.slice(1).map((state) => [state, 3] as const),
  ];
  for (const [state, number] of walk) {
    expect(await patched("walk", { state, attempt: number }, true), `${state} in attempt ${number}`).toBe("");
  }
  expect(await patched("walk", { state: "Pending", attempt: 4 })).toContain("this state cannot follow");
});
