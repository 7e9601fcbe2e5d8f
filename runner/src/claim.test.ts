/** Proves who may make a filing, given what the ledger says. */
import type { RunPlan } from "@openreg/crds";
import { expect, test } from "vitest";
import { judgeClaim } from "./claim.ts";
import { filingKeyOf, submissionKeyOf } from "./ledger.ts";

type Ledger = Parameters<typeof judgeClaim>[1];

const entry = (runUID: string, submission = 1) => ({
  runUID,
  runName: `run-${runUID}`,
  attempt: 1,
  at: "",
  submission,
});
const claims = (...uids: string[]) => uids.map((uid, index) => ({ ...entry(uid), number: index + 1 }));
const plan = (
  parts: {
    mode?: "Live" | "Test";
    active?: string[];
    ended?: string[];
    resubmit?: boolean;
    purpose?: "Run" | "Settle";
  } = {},
): RunPlan =>
  ({
    purpose: parts.purpose ?? "Run",
    run: { uid: "me", mode: parts.mode ?? "Live", ...(parts.resubmit && { rerunOf: { name: "x", resubmit: true } }) },
    activeRuns: parts.active ?? [],
    endedRuns: parts.ended ?? [],
    firstStartedAt: "2026-04-01T18:00:00Z",
  }) as unknown as RunPlan;

const cases: Record<string, { plan: RunPlan; ledger: Ledger; expected: object }> = {
  "claims a filing that nobody makes": {
    plan: plan(),
    ledger: { claims: [], met: [] },
    expected: { kind: "MayClaim", submission: 1 },
  },
  "keeps its own claim": {
    plan: plan(),
    ledger: { claims: claims("other", "me"), met: [] },
    expected: { kind: "Claimed", submission: 1 },
  },
  "waits for a run that has not ended": {
    plan: plan({ active: ["other"] }),
    ledger: { claims: claims("other"), met: [] },
    expected: { kind: "FilingInProgress", by: { runUID: "other" } },
  },
  "takes over from a run that ended": {
    plan: plan({ ended: ["other"] }),
    ledger: { claims: claims("other"), met: [] },
    expected: { kind: "MayClaim", submission: 1 },
  },
  "takes over from a run that nobody knows any more": {
    plan: plan(),
    ledger: { claims: claims("lost"), met: [] },
    expected: { kind: "MayClaim", submission: 1 },
  },
  "waits for a run that was created after the plan, and claimed first": {
    plan: plan(),
    ledger: { claims: claims("younger").map((claim) => ({ ...claim, at: "2026-04-01T18:00:30.000Z" })), met: [] },
    expected: { kind: "FilingInProgress", by: { runUID: "younger" } },
  },
  "takes over from a late claim of a run that is known to have ended": {
    plan: plan({ ended: ["younger"] }),
    ledger: { claims: claims("younger").map((claim) => ({ ...claim, at: "2026-04-01T18:00:30.000Z" })), met: [] },
    expected: { kind: "MayClaim", submission: 1 },
  },
  "loses its claim to a later one that is active": {
    plan: plan({ active: ["other"] }),
    ledger: { claims: claims("me", "other"), met: [] },
    expected: { kind: "FilingInProgress", by: { runUID: "other" } },
  },
  "does not file what was filed": {
    plan: plan(),
    ledger: { claims: claims("first"), met: [entry("first")] },
    expected: { kind: "AlreadyFiled", by: { runName: "run-first" } },
  },
  "does not file what was filed by a run that is still ending": {
    plan: plan({ active: ["first"] }),
    ledger: { claims: claims("first"), met: [entry("first")] },
    expected: { kind: "AlreadyFiled" },
  },
  "files again as the next submission when asked": {
    plan: plan({ resubmit: true }),
    ledger: { claims: claims("first"), met: [entry("first")] },
    expected: { kind: "MayClaim", submission: 2 },
  },
  "files again although the first run is still ending": {
    plan: plan({ resubmit: true, active: ["first"] }),
    ledger: { claims: claims("first"), met: [entry("first")] },
    expected: { kind: "MayClaim", submission: 2 },
  },
  "takes the first number when asked to file again what never was": {
    plan: plan({ resubmit: true }),
    ledger: { claims: [], met: [] },
    expected: { kind: "MayClaim", submission: 1 },
  },
  "finishes what it met itself": {
    plan: plan(),
    ledger: { claims: claims("me"), met: [entry("me")] },
    expected: { kind: "Claimed", submission: 1 },
  },
  "gives each rehearsal a number of its own": {
    plan: plan({ mode: "Test", active: ["other"] }),
    ledger: { claims: claims("other"), met: [entry("other")] },
    expected: { kind: "MayClaim", submission: 2 },
  },
  "keeps the number of a rehearsal": {
    plan: plan({ mode: "Test" }),
    ledger: {
      claims: [...claims("other"), { ...entry("me", 2), number: 2 }, { ...entry("third", 3), number: 3 }],
      met: [],
    },
    expected: { kind: "Claimed", submission: 2 },
  },
  "settles its own claim whoever claimed later": {
    plan: plan({ purpose: "Settle", active: ["other"] }),
    ledger: { claims: claims("me", "other"), met: [] },
    expected: { kind: "Claimed", submission: 1 },
  },
};
test.each(Object.entries(cases))("%s", (_sentence, { plan: given, ledger, expected }) =>
  expect(judgeClaim(given, ledger)).toMatchObject(expected),
);

test("a filing has one key whatever the run is called", () => {
  const run = { namespace: "demo", mode: "Live", businessDate: "2026-04-01", purpose: "Original" } as RunPlan["run"];
  const key = filingKeyOf(run, "trades", { lei: "x" });
  expect(filingKeyOf({ ...run, name: "other", uid: "other", createdAt: "later" }, "trades", { lei: "x" })).toBe(key);
  for (const [other, series, parameters] of [
    [{ ...run, namespace: "n" }, "trades", { lei: "x" }],
    [{ ...run, mode: "Test" }, "trades", { lei: "x" }],
    [{ ...run, businessDate: "2026-04-02" }, "trades", { lei: "x" }],
    [run, "other", { lei: "x" }],
    [run, "trades", { lei: "y" }],
  ] as const) {
    expect(filingKeyOf(other as RunPlan["run"], series, parameters)).not.toBe(key);
  }
});

test("keys never change between releases: ledgers outlive them", () => {
  const run = { namespace: "demo", mode: "Live", businessDate: "2026-04-01", purpose: "Original" } as RunPlan["run"];
  const filing = filingKeyOf(run, "trades", { lei: "x" });
  expect(filing).toBe("f1c7f5d05e5fc9513dd582e3672307ea5a0f5a1faf76748b14a0bfcd32d2b892");
  expect(submissionKeyOf({ filing, address: "sftp://host:22/in", output: "file", part: 1, submission: 1 })).toBe(
    "924f08c629f7a001c508591c3ec92ef2d2e4aeac8dbbda3b4b8ed5ea64ef6442",
  );
});
