/** Owns the keys that gave their worker back until the cache shows what was last written for them. */
import { parseKey } from "./kubernetes.ts";
import { type Log, messageOf } from "./log.ts";
import type { RecentWrites } from "./recent-writes.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Holds keys back. */
export interface Parking {
  /** Whether the key has to wait; it is added to the queue again when it need not. */
  holds(key: string, signal: AbortSignal): boolean;
}

/** A parking with no key in it. */
export function newParking(
  writes: Pick<RecentWrites, "isSettled" | "settle">,
  queue: Pick<WorkQueue, "add" | "addAfterFailure">,
  log: Log,
): Parking {
  const parked = new Set<string>();
  const wait = async (key: string, signal: AbortSignal) => {
    try {
      await writes.settle(parseKey(key), signal);
      parked.delete(key);
      queue.add(key);
    } catch (error) {
      parked.delete(key);
      if (signal.aborted) return;
      log.warn({ key, error: messageOf(error) }, "what was written could not be read back");
      queue.addAfterFailure(key);
    }
  };
  return {
    holds(key, signal) {
      if (parked.has(key)) return true;
      if (writes.isSettled(parseKey(key))) return false;
      parked.add(key);
      void wait(key, signal);
      return true;
    },
  };
}
