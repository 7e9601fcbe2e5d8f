import { expect, test } from "vitest";
import type { DefinitionRemark } from "./check-worker.ts";
import { newRememberedCheck } from "./remembered-check.ts";

const remark = (code: string): DefinitionRemark => ({
  path: "spec",
  code,
  severity: "Error",
  line: 1,
  column: 1,
  message: "",
});

/** A check that answers the same each time and counts how often it was asked. */
function newCounter(answer: readonly DefinitionRemark[]) {
  let asked = 0;
  return { asked: () => asked, check: () => Promise.resolve(answer).finally(() => asked++) };
}

test("a definition is checked once", async () => {
  const counter = newCounter([remark("UnknownName")]);
  const check = newRememberedCheck(counter);
  expect(await check("a", "{}")).toEqual(await check("a", "{}"));
  await check("b", "{}");
  expect(counter.asked()).toBe(2);
});

test("a check that was given up is tried again", async () => {
  const counter = newCounter([remark("CheckTooExpensive")]);
  const check = newRememberedCheck(counter);
  await check("a", "{}");
  await check("a", "{}");
  expect(counter.asked()).toBe(2);
});
