import { canonicalJson } from "@openreg/crds";
import { expect, test } from "vitest";
import type { DefinitionRemark } from "../check-worker.ts";
import { checkConditions, findCondition } from "../controller/conditions.ts";
import type { Report, ReportState } from "../objects.ts";
import { version } from "../testdata/inputs.ts";
import { tradesDefinition } from "../testdata/trades.ts";
import { decide } from "./decide.ts";
import type { ReportInput, ResolvedReport } from "./input.ts";
import { summarize } from "./summarize.ts";

const noon = "2026-04-01T12:00:00Z";
const contentHash = "0123456789abcdef".repeat(4);

const resolved: ResolvedReport = {
  version: {
    series: "trades",
    report: "trades",
    format: "v1",
    contract: 1,
    definition: canonicalJson(tradesDefinition),
    contentHash,
  },
  inputs: [{ kind: "Connector", name: "trades-db", uid: "c1", generation: 1 }],
  remarks: [],
  parts: [],
};

const error: DefinitionRemark = {
  path: "spec.validation.rules[0].assert",
  code: "UnknownColumn",
  severity: "Error",
  line: 1,
  column: 5,
  message: "rule 'qty-there': unknown column 'qtty'",
  hint: "did you mean 'qty'?",
};

const missing = [{ kind: "Connector" as const, name: "trades-db", path: "spec.inputs[0].sql.connectorRef" }];

function newInput(change: Partial<ReportInput> = {}, status?: ReportState, spec: object = {}): ReportInput {
  const metadata = { name: "trades", namespace: "bank-a", generation: 2 };
  const report = {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "Report",
    metadata,
    spec,
    ...(status && { status }),
  } as unknown as Report;
  return {
    report,
    missing: [],
    usesConfigMaps: false,
    resolved,
    endedRuns: [],
    referenceGraceSeconds: 300,
    priorityClasses: ["nightly"],
    ...change,
  };
}

/** The status that a report has had since some time. */
function since(time: string, change: Partial<ReportInput>): ReportState {
  const input = newInput(change);
  return summarize(input, decide(input), { kind: "Done" }, time);
}

const unresolved = { missing, resolved: undefined as never };

const cases: Record<string, { given: ReportInput; decision: object; conditions: object }> = {
  "freezes a definition that nobody has frozen": {
    given: newInput(),
    decision: { kind: "Freeze", name: "trades-0123456789" },
    conditions: [{ type: "Ready", status: "True", reason: "Accepted", observedGeneration: 2 }],
  },
  "takes the version that is there with the same content": {
    given: newInput({ existing: { ...version.version, spec: resolved.version } }),
    decision: { kind: "Accept", name: "trades-0123456789" },
    conditions: [{ type: "Ready", status: "True" }],
  },
  "never touches a version of the same name with other content": {
    given: newInput({
      existing: { ...version.version, spec: { ...resolved.version, contentHash: `0123456789${"f".repeat(54)}` } },
    }),
    decision: { kind: "Refuse", reason: "NameTaken" },
    conditions: [
      { type: "Ready", status: "False", reason: "NameTaken" },
      { type: "Stalled", status: "True" },
    ],
  },
  "waits for what it refers to, and names it": {
    given: newInput(unresolved),
    decision: {
      kind: "AwaitReferences",
      message: expect.stringContaining("Connector 'trades-db' of spec.inputs[0].sql.connectorRef does not exist"),
    },
    conditions: [
      { type: "Ready", status: "False", reason: "ReferenceNotFound" },
      { type: "Reconciling", status: "True" },
    ],
  },
  "is stalled after five minutes without it": {
    given: newInput(unresolved, since("2026-04-01T11:55:00Z", unresolved)),
    decision: { kind: "AwaitReferences" },
    conditions: [
      { type: "Ready", status: "False", reason: "ReferenceNotFound" },
      { type: "Stalled", status: "True" },
    ],
  },
  "stays stalled": {
    given: newInput(unresolved, {
      ...since("2026-04-01T10:00:00Z", unresolved),
      conditions: [
        { type: "Stalled", status: "True", reason: "ReferenceNotFound", message: "", lastTransitionTime: noon },
      ],
    }),
    decision: { kind: "AwaitReferences" },
    conditions: [
      { type: "Stalled", status: "True" },
      { type: "Ready", status: "False" },
    ],
  },
  "heals when the reference comes": {
    given: newInput({}, since("2026-04-01T10:00:00Z", unresolved)),
    decision: { kind: "Freeze" },
    conditions: [{ type: "Ready", status: "True" }],
  },
  "says rule, path, place and hint of what is wrong": {
    given: newInput({ resolved: { ...resolved, remarks: [error] } }),
    decision: {
      kind: "Refuse",
      reason: "DefinitionInvalid",
      message: "spec.validation.rules[0].assert 1:5: rule 'qty-there': unknown column 'qtty' (did you mean 'qty'?)",
    },
    conditions: [
      { type: "Ready", status: "False", reason: "DefinitionInvalid" },
      { type: "Stalled", status: "True" },
    ],
  },
  "accepts with a warning, and says it": {
    given: newInput({ resolved: { ...resolved, remarks: [{ ...error, severity: "Warning" }] } }),
    decision: { kind: "Freeze" },
    conditions: [{ type: "Ready", status: "True", message: expect.stringContaining("warning: spec.validation") }],
  },
  "refuses what this release cannot do": {
    given: newInput({ resolved: undefined as never, unavailable: "output 'x' uses what is not available yet" }),
    decision: { kind: "Refuse", reason: "DefinitionInvalid" },
    conditions: [{ type: "Ready", status: "False" }, { type: "Stalled" }],
  },
  "refuses a priority class that the operator does not allow": {
    given: newInput({}, undefined, { run: { priorityClassName: "system-cluster-critical" } }),
    decision: { kind: "Refuse", message: expect.stringContaining("allowed: nightly") },
    conditions: [{ type: "Ready", status: "False" }, { type: "Stalled" }],
  },
};

test.each(Object.entries(cases))("%s", (_sentence, { given, decision, conditions }) => {
  const decided = decide(given);
  expect(decided).toMatchObject(decision);
  const status = summarize(given, decided, { kind: "Done" }, noon);
  expect(status.conditions).toMatchObject(conditions);
  expect(checkConditions({ ...given.report, ...{ status } })).toEqual([]);
});

test("a message never exceeds what a condition can carry", () => {
  const remarks = Array.from({ length: 100 }, () => ({ ...error, message: "x".repeat(500) }));
  const input = newInput({ resolved: { ...resolved, remarks } });
  const status = summarize(input, decide(input), { kind: "Done" }, noon);
  expect(findCondition(status.conditions, "Ready")?.message.length).toBeLessThanOrEqual(2048);
});

test("a version that is refused leaves the one that runs take", () => {
  const currentVersion = { name: "trades-aaaaaaaaaa", contentHash };
  const input = newInput({ resolved: { ...resolved, remarks: [error] } }, { currentVersion });
  expect(summarize(input, decide(input), { kind: "Done" }, noon).currentVersion).toEqual(currentVersion);
});

test("the status remembers the last run, success and failure, also when the runs are gone", () => {
  const first = newInput({
    endedRuns: [
      { name: "trades-1", state: "Completed", endedAt: "2026-04-01T10:00:00Z" },
      { name: "trades-2", state: "Failed", endedAt: "2026-04-01T11:00:00Z" },
    ],
  });
  const status = summarize(first, decide(first), { kind: "Done" }, noon);
  const expected = {
    lastRun: { name: "trades-2", state: "Failed" },
    lastSuccessTime: "2026-04-01T10:00:00Z",
    lastFailureTime: "2026-04-01T11:00:00Z",
  };
  expect(status).toMatchObject(expected);
  const later = newInput({}, status);
  expect(summarize(later, decide(later), { kind: "Done" }, noon)).toMatchObject(expected);
});
