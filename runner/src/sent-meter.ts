/** Owns how far the deliveries of a run are, by the bytes that were sent of those that are to be sent. */
import type { DeliveryEntry } from "./execution.ts";
import { percentOf } from "./percent.ts";
import type { Progress } from "./progress.ts";

interface MeteredFile {
  readonly sizeBytes: number;
  sentBytes: number;
}

/** Counts over all deliveries of a run. A file that was delivered counts whole, one that is tried again begins anew. */
export class SentMeter {
  readonly #progress: Progress;
  readonly #files = new Map<DeliveryEntry, MeteredFile>();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Says that a file of so many bytes is to be delivered. */
  expect(entry: DeliveryEntry, sizeBytes: number): void {
    this.#files.set(entry, { sizeBytes, sentBytes: 0 });
  }

  /** The bytes of one try, counted when they have been taken. */
  async *counted(entry: DeliveryEntry, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const file = this.#files.get(entry);
    if (file) file.sentBytes = 0;
    for await (const chunk of bytes) {
      yield chunk;
      if (file) file.sentBytes += chunk.length;
      this.#note();
    }
  }

  #note(): void {
    let [sent, all] = [0, 0];
    for (const [{ state }, { sizeBytes, sentBytes }] of this.#files) {
      all += sizeBytes;
      sent += state === "Delivered" ? sizeBytes : sentBytes;
    }
    const percent = percentOf("Delivering", sent, all);
    if (percent !== undefined) this.#progress.draft.progress = { percent };
    this.#progress.changed();
  }
}
