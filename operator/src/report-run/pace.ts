/** Owns that following a run costs at most one status write per second. */
import type { Clock } from "../controller/clock.ts";

/** When the status of which run was written last. */
export interface StatusPace {
  /** Milliseconds until the run's status may be written again for what its runner reports; 0 when now. */
  waitFor(uid: string): number;
  note(uid: string): void;
}

const shortestMilliseconds = 1_000;

/** A pace that has seen no write. */
export function newStatusPace(clock: Pick<Clock, "monotonic">): StatusPace {
  const written = new Map<string, number>();
  return {
    waitFor: (uid) =>
      Math.max(0, (written.get(uid) ?? Number.NEGATIVE_INFINITY) + shortestMilliseconds - clock.monotonic()),
    note(uid) {
      const now = clock.monotonic();
      for (const [other, at] of written) {
        if (now - at < shortestMilliseconds) break; // the map is in order of writing
        written.delete(other);
      }
      written.delete(uid);
      written.set(uid, now);
    },
  };
}
