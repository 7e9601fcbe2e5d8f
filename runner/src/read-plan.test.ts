import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readPlan } from "./read-plan.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("R8 a plan that is not the one the Job was made for is refused, and the next attempt has its own", () => {
  const refused = expect.objectContaining({ code: "PlanInvalid", retryable: true });
  expect(() => readPlan('{"contract":1}', sha256('{"contract":2}'))).toThrow(refused);
  expect(() => readPlan('{"contract":1}', sha256('{"contract":2}'))).toThrow(/somebody replaced its ConfigMap/);
});

test("a plan with its hash is read on", () => {
  expect(() => readPlan("{}", sha256("{}"))).toThrow(
    expect.objectContaining({ code: "PlanInvalid", retryable: false }),
  );
});
