import { expect, test } from "vitest";
import { newThrottle } from "./throttle.ts";
import { newVirtualClock } from "./virtual-clock.ts";

test("the first time is at once, the next an interval later, and those between wait with it", async () => {
  const clock = newVirtualClock();
  const throttle = newThrottle(clock, 2_000);
  expect(throttle("a")).toBe(0);
  await clock.advance(500);
  expect([throttle("a"), throttle("a")]).toEqual([1_500, 1_500]);
  await clock.advance(1_000);
  expect(throttle("a")).toBe(500);
  await clock.advance(600);
  expect(throttle("a")).toBe(1_900);
});

test("keys do not wait for each other, and one that was quiet starts anew", async () => {
  const clock = newVirtualClock();
  const throttle = newThrottle(clock, 2_000);
  expect([throttle("a"), throttle("b")]).toEqual([0, 0]);
  await clock.advance(2_000);
  expect(throttle("a")).toBe(0);
});
