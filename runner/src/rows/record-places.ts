/**
 * Owns how many records stand before those of a piece, while pieces are worked on side by side: each lane waits until the
 * pieces before its own have said how many records they have, which takes less time than to make bytes of them.
 */

const turn = 0;
const records = 1;
const takenOut = 2;
const bytes = 24;

/** One count for all lanes, in memory that they share. */
export class RecordPlaces {
  /** To be handed to other threads. */
  readonly shared: SharedArrayBuffer;
  readonly #numbers: BigInt64Array<SharedArrayBuffer>;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(bytes)) {
    this.shared = shared;
    this.#numbers = new BigInt64Array(shared);
  }

  /** Adds the records of the piece with this number, from 0; answers how many stand before them. */
  add(piece: number, count: number): number {
    const numbers = this.#numbers;
    for (let now = numbers[turn] ?? 0n; now < piece; now = Atomics.load(numbers, turn))
      Atomics.wait(numbers, turn, now);
    const before = numbers[records] ?? 0n;
    numbers[records] = before + BigInt(count);
    const first = before - Atomics.load(numbers, takenOut);
    Atomics.store(numbers, turn, BigInt(piece + 1));
    Atomics.notify(numbers, turn);
    return Number(first);
  }

  /** Says that records that were counted are none. */
  takeOut(count: number): void {
    Atomics.add(this.#numbers, takenOut, BigInt(count));
  }
}
