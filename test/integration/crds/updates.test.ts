/** Proves each rule about updates of a spec on a real API server: what never changes, what is set once, what only goes on. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, pathOf, refusalsOf, startApi } from "./api.ts";
import { textOf } from "./object-paths.ts";
import { completeObject, completeObjects } from "./objects.ts";
import { placedRules } from "./rules.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const { kind } of completeObjects) {
    await create(kind, "complete", {});
    await create(kind, "bare", Object.fromEntries(optionalFields(kind).map((field) => [field, undefined])));
  }
  await create("ReportRun", "cancelled", { cancel: true });
});
afterAll(() => api?.stop());

async function create(kind: string, name: string, spec: object): Promise<void> {
  const { status: _status, ...object } = completeObject(kind);
  const body = { ...object, metadata: { name }, spec: { ...object.spec, ...spec } };
  const answer = await api.send({ method: "POST", path: `${pathOf(kind)}?fieldValidation=Strict`, body });
  expect(refusalsOf(answer), `${kind} ${name} is created`).toBe("");
}

/** Changes fields of a spec without keeping the change; `null` removes a field. */
async function patched(kind: string, name: string, spec: object): Promise<string> {
  const path = `${pathOf(kind, name)}?dryRun=All&fieldValidation=Strict`;
  return refusalsOf(
    await api.send({ method: "PATCH", path, body: { spec }, contentType: "application/merge-patch+json" }),
  );
}

const looksBack = placedRules.filter(({ rule, path }) => rule.includes("oldSelf") && path[0] === "spec");
const markedFields = looksBack.map(({ kind, path, field, message }) => ({ kind, path, field: field ?? "", message }));
const never = markedFields.filter(({ message }) => message.includes("cannot be changed: create a new"));
const once = markedFields.filter(({ message }) => message.endsWith("cannot be changed once it is set"));
const oneWay = markedFields.filter(({ message }) => message.endsWith("cannot be taken back once it is true"));

/** Optional fields that may be left out; without its claim an ArtifactStore would have no place at all. */
function optionalFields(kind: string): readonly string[] {
  return (
    {
      Report: ["series"],
      ReportVersion: ["parts"],
      ReportRun: ["parameters", "purpose", "rerunOf", "trigger", "reportVersionRef", "cancel", "release"],
    }[kind] ?? []
  );
}

const others: Readonly<Record<string, unknown>> = {
  "ArtifactStore persistentVolumeClaimRef": { name: "other" },
  "Destination mode": "Live",
  "Report series": "other",
  "ReportVersion series": "other",
  "ReportVersion report": "other",
  "ReportVersion contract": 2,
  "ReportVersion definition": '{"a":1}',
  "ReportVersion contentHash": "f".repeat(64),
  "ReportVersion parts": [],
  "ReportRun reportRef": { name: "other" },
  "ReportRun businessDate": "2026-04-02",
  "ReportRun mode": "Live",
  "ReportRun parameters": { more: "x" },
  "ReportRun purpose": "Correction",
  "ReportRun rerunOf": { name: "other" },
  "ReportRun trigger": "Api",
};
const specValue = (kind: string, field: string) => (completeObject(kind).spec as Record<string, unknown>)[field];

describe("what never changes", () => {
  test("stands in the spec itself, so that nothing above it can be removed", () => {
    expect(markedFields.map(({ path }) => textOf(path)).filter((path) => path !== "spec")).toEqual([]);
  });

  test("has another value to try, but for what has one value only", () => {
    const tried = never.map(({ kind, field }) => `${kind} ${field}`).filter((one) => one !== "ReportVersion format");
    expect(Object.keys(others).sort()).toEqual(tried.sort());
  });

  const cases = never.map((one) => ({ ...one, other: others[`${one.kind} ${one.field}`] }));
  test.each(cases.filter(({ other }) => other !== undefined))(
    "refuses another $field of a $kind",
    async ({ kind, field, message, other }) => {
      expect(await patched(kind, "complete", { [field]: other })).toContain(`spec.${field}: Forbidden: ${message}`);
    },
  );

  test.each(cases)("accepts the same $field of a $kind again", async ({ kind, field }) => {
    expect(await patched(kind, "complete", { [field]: specValue(kind, field) })).toBe("");
  });

  const optional = cases.filter(({ kind, field }) => optionalFields(kind).includes(field));
  test.each(optional)(
    "refuses to remove $field of a $kind, so it cannot be set anew",
    async ({ kind, field, message }) => {
      expect(await patched(kind, "complete", { [field]: null })).toContain(`spec.${field}: Forbidden: ${message}`);
    },
  );

  test.each(optional)("refuses to add $field to a $kind that has none", async ({ kind, field, message }) => {
    const refusals = await patched(kind, "bare", { [field]: specValue(kind, field) });
    expect(refusals).toContain(`spec.${field}: Forbidden: ${message}`);
  });

  test("refuses to remove a spec", async () => {
    const path = `${pathOf("ReportRun", "complete")}?dryRun=All`;
    const body = { spec: null };
    const answer = await api.send({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
    expect(refusalsOf(answer)).toContain("spec: Required value");
  });
});

describe("what is set once", () => {
  test("is the version of a run", () => expect(once.map(({ field }) => field)).toEqual(["reportVersionRef"]));

  test("accepts the first version of a run", async () => {
    expect(await patched("ReportRun", "bare", { reportVersionRef: { name: "v1" } })).toBe("");
  });

  test.each([
    ["another version", { name: "v2" }],
    ["no version", null],
  ])("refuses %s after the first", async (_what, reportVersionRef) => {
    expect(await patched("ReportRun", "complete", { reportVersionRef })).toContain(once[0]?.message);
  });
});

describe("what only goes on", () => {
  test("is cancel and release", () => expect(oneWay.map(({ field }) => field)).toEqual(["cancel", "release"]));

  test.each([
    ["cancelling a run that says nothing of it", "bare", true],
    ["cancelling a run that says cancel: false", "complete", true],
    ["removing cancel: false", "complete", null],
    ["cancelling a cancelled run", "cancelled", true],
  ])("accepts %s", async (_what, name, cancel) => {
    expect(await patched("ReportRun", name, { cancel })).toBe("");
  });

  test.each([
    ["cancel: false", false],
    ["removing cancel", null],
  ])("refuses %s on a cancelled run", async (_what, cancel) => {
    expect(await patched("ReportRun", "cancelled", { cancel })).toContain(
      "cancel cannot be taken back once it is true",
    );
  });

  test("release cannot be tried further: it is refused as not available yet", async () => {
    expect(await patched("ReportRun", "bare", { release: true })).toContain("release is not available yet");
  });
});
