/** Proves that timers of any length fire when they are due. */
import { expect, test, vi } from "vitest";
import { fromTimestamp, pause, setTimerAt, systemClock, toMicroTime, toTimestamp } from "./clock.ts";
import { newTokenBucket } from "./token-bucket.ts";
import { newVirtualClock } from "./virtual-clock.ts";

test("C17: a timer of sixty days fires after sixty days, not after a millisecond", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  try {
    let fired = 0;
    systemClock.setTimer(60 * 86_400_000, () => {
      fired += 1;
    });
    await vi.advanceTimersByTimeAsync(59 * 86_400_000);
    expect(fired).toBe(0);
    await vi.advanceTimersByTimeAsync(86_400_001);
    expect(fired).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test("C17: a chained timer can be cancelled", async () => {
  const clock = newVirtualClock();
  const timer = setTimerAt(clock, clock.now() + 3_600_000, () => expect.unreachable());
  await clock.advance(600_000);
  timer.cancel();
  await clock.advance(7_200_000);
  expect(clock.pending()).toBe(0);
});

test("a pause ends early when it is aborted, and leaves no timer", async () => {
  const clock = newVirtualClock();
  const abort = new AbortController();
  const paused = pause(clock, 60_000, abort.signal);
  abort.abort();
  await paused;
  expect(clock.pending()).toBe(0);
});

test("writes and reads times as Kubernetes does", () => {
  expect(toTimestamp(1_775_001_600_999)).toBe("2026-04-01T00:00:00Z");
  expect(toMicroTime(1_775_001_600_999)).toBe("2026-04-01T00:00:00.999000Z");
  expect(fromTimestamp("2026-04-01T00:00:00Z")).toBe(1_775_001_600_000);
  expect(() => fromTimestamp("tomorrow")).toThrow("'tomorrow' is not an RFC 3339 time");
});

test("a token bucket gives its burst, then its rate", async () => {
  const clock = newVirtualClock();
  const bucket = newTokenBucket(clock, 2, 3);
  expect([bucket.reserve(), bucket.reserve(), bucket.reserve(), bucket.reserve(), bucket.reserve()]).toEqual([
    0, 0, 0, 500, 1000,
  ]);
  await clock.advance(1_000);
  expect(bucket.tryTake()).toBe(false);
  await clock.advance(500);
  expect(bucket.tryTake()).toBe(true);
});
