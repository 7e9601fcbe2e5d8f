/** Owns time for tests: it moves only when told, and fires timers in their order. */
import type { Clock, Timer } from "./clock.ts";

/** A clock that a test moves. */
export interface VirtualClock extends Clock {
  /** Moves time on, firing what falls due in order; between two timers everything that is ready to run, runs. */
  advance(milliseconds: number): Promise<void>;
  /** Lets the wall clock jump without any time passing. */
  jump(milliseconds: number): void;
  /** Moves time on without firing anything, as a paused process sees it; the timers fire with the next `advance`. */
  freeze(milliseconds: number): void;
  /** How many timers are set. */
  pending(): number;
}

interface Entry {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock at `startMilliseconds` since 1970 (default 2026-04-01T00:00:00Z). */
export function newVirtualClock(startMilliseconds = 1_775_001_600_000): VirtualClock {
  const timers = new Set<Entry>();
  let wall = startMilliseconds;
  let elapsed = 0;
  let order = 0;
  const move = (milliseconds: number) => {
    wall += milliseconds;
    elapsed += milliseconds;
  };
  return {
    now: () => wall,
    monotonic: () => elapsed,
    setTimer(milliseconds: number, callback: () => void): Timer {
      const entry = { due: elapsed + Math.max(0, milliseconds), order: order++, callback };
      timers.add(entry);
      return { cancel: () => timers.delete(entry) };
    },
    async advance(milliseconds) {
      const target = elapsed + milliseconds;
      await settle();
      for (let next = earliest(timers, target); next; next = earliest(timers, target)) {
        move(Math.max(0, next.due - elapsed));
        timers.delete(next);
        next.callback();
        await settle();
      }
      move(Math.max(0, target - elapsed));
    },
    jump: (milliseconds) => {
      wall += milliseconds;
    },
    freeze: move,
    pending: () => timers.size,
  };
}

/** Resolves when a condition holds, polled between turns of the event loop; throws after four real seconds. */
export async function until(holds: () => boolean, what = "the condition"): Promise<void> {
  const deadline = performance.now() + 4_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true within 4 s`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function earliest(timers: ReadonlySet<Entry>, target: number): Entry | undefined {
  let first: Entry | undefined;
  for (const entry of timers) {
    if (entry.due > target) continue;
    if (!first || entry.due < first.due || (entry.due === first.due && entry.order < first.order)) first = entry;
  }
  return first;
}

/** Lets everything run that needs no time: promise callbacks and a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
