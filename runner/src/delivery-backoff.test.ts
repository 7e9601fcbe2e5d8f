/** Proves D10's waits: doubled, capped, and spread. */
import { expect, test } from "vitest";
import { backoffSeconds } from "./delivery-backoff.ts";

const backoff = { initialSeconds: 2, maxSeconds: 60 };
const tries = Array.from({ length: 100 }, (_, index) => index + 1);

test("D10: each wait is about twice the one before, and none is longer than the cap, however often it is tried", () => {
  for (const tried of tries) {
    const whole = Math.min(60, 2 ** tried);
    const seconds = backoffSeconds(backoff, tried, "run/regulator/file.csv");
    expect(seconds).toBeLessThanOrEqual(whole);
    expect(seconds).toBeGreaterThan(whole * 0.75);
  }
});

test("D10: runs that failed together come back one after the other, and each at the same time whenever it is asked", () => {
  const waits = tries.map((run) => backoffSeconds(backoff, 6, `run-${run}`));
  expect(new Set(waits.map((one) => Math.floor(one))).size).toBeGreaterThan(10);
  expect(tries.map((run) => backoffSeconds(backoff, 6, `run-${run}`))).toEqual(waits);
});
