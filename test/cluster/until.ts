/** Waits for something to become true, and says so when it did not. */
import { setTimeout as delay } from "node:timers/promises";
import { ClusterError, type ClusterErrorDetails } from "./cluster-error.ts";

/** What is waited for: asked every `everyMs` (default 100) until `seconds` have passed; `gone` ends the wait early. */
export type Wait = ClusterErrorDetails & {
  readonly what: string;
  readonly seconds: number;
  readonly everyMs?: number;
  readonly gone?: () => boolean;
};

/** Asks until the answer is yes; throws a ClusterError after `seconds`, or at once when `gone` says it is hopeless. */
export async function until(wait: Wait, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + wait.seconds * 1000;
  while (!(await isSo())) {
    if (wait.gone?.()) throw new ClusterError(`${wait.what}: what it depends on has ended`, wait);
    if (Date.now() > end) throw new ClusterError(`${wait.what}: not within ${wait.seconds} s`, wait);
    await delay(wait.everyMs ?? 100);
  }
}
