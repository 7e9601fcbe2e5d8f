/** Owns the buffers that the sections of a piece are rendered into, which are used again and again. */
import { ByteSink } from "../formats/byte-sink.ts";

/** Buffers of the sections of a piece; they come back when the piece was written. */
export class SinkPool {
  readonly #count: number;
  readonly #isShared: boolean;
  readonly #free: (readonly ByteSink[])[] = [];

  constructor(count: number, isShared: boolean) {
    this.#count = count;
    this.#isShared = isShared;
  }

  /** Empty buffers, one for each section. */
  take(): readonly ByteSink[] {
    return this.#free.pop() ?? Array.from({ length: this.#count }, () => new ByteSink(this.#isShared));
  }

  /** Takes buffers back. */
  give(sinks: readonly ByteSink[]): void {
    for (const sink of sinks) sink.clear();
    this.#free.push(sinks);
  }
}
