/** Says that failure codes, their documentation and the schema of runs are one list. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureCodeNames, failureCodes, isFailureCode } from "./failure-codes.ts";
import { outcomes } from "./run-contract.ts";
import { reportRunStatus } from "./v1alpha1/report-run.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");

test("docs/errors.md lists every code, once, and no other", () => {
  const listed = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual([...failureCodeNames]);
});

test("the status of a run takes every code, and no other", () => {
  const statusWith = (code: string) => ({ failure: { code, message: "m" } });
  for (const code of failureCodeNames) expect(reportRunStatus.safeParse(statusWith(code)).success, code).toBe(true);
  expect(reportRunStatus.safeParse(statusWith("Nonsense")).success).toBe(false);
});

test.each(Object.entries(failureCodes))("%s says what happened and what to do, each in a sentence", (code, meaning) => {
  expect(code).toMatch(/^[A-Z][A-Za-z]+$/);
  expect(meaning.meaning).toMatch(/^[A-Z`].*\.$/);
  expect(meaning.remedy).toMatch(/^[A-Z].*\.$/);
});

test("no text but a code is one; of the outcomes only FilingInProgress is a failure too", () => {
  expect(isFailureCode("OutOfMemory")).toBe(true);
  expect(["Nonsense", "toString", "", "Done"].filter(isFailureCode)).toEqual([]);
  expect(outcomes.filter(isFailureCode)).toEqual(["FilingInProgress"]);
});
