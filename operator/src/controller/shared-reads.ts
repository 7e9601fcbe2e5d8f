/** Owns that equal live reads, asked for at the same moment, are one call: whoever asks gets an answer that was begun after the asking. */

import { type Clock, pause } from "./clock.ts";

/** Reads by a name; equal names share. */
export type SharedReads = <A>(name: string, read: () => Promise<A>, signal?: AbortSignal) => Promise<A>;

/** One answer that does not come holds up those who asked later no longer than this. */
const longestTurnMilliseconds = 1_000;

interface Turn {
  readonly current: Promise<unknown>;
  /** Begins when the current one is over; those who ask meanwhile all wait for it. */
  next: Promise<unknown> | undefined;
}

/** No read is under way yet. */
export function newSharedReads(clock: Clock): SharedReads {
  const turns = new Map<string, Turn>();
  const begin = <A>(name: string, read: () => Promise<A>): Promise<A> => {
    const current = read();
    const turn: Turn = { current, next: undefined };
    turns.set(name, turn);
    const end = () => {
      if (!turn.next && turns.get(name) === turn) turns.delete(name);
    };
    current.then(end, end);
    return current;
  };
  const join = <A>(name: string, read: () => Promise<A>): Promise<A> => {
    const turn = turns.get(name);
    if (!turn) return begin(name, read);
    const start = () => begin(name, read);
    turn.next ??= isOver(turn.current, clock).then(start);
    return turn.next as Promise<A>;
  };
  return (name, read, signal) => {
    if (signal?.aborted) return Promise.reject(signal.reason); // before a read is begun that nobody would hear of
    return signal ? untilAborted(join(name, read), signal) : join(name, read);
  };
}

async function isOver(read: Promise<unknown>, clock: Clock): Promise<void> {
  const enough = new AbortController();
  const ended = read.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([ended, pause(clock, longestTurnMilliseconds, enough.signal)]);
  enough.abort();
}

/** One who gives up does not take the answer from the others. */
function untilAborted<A>(answer: Promise<A>, signal: AbortSignal): Promise<A> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
