/** Owns where rendered bytes gather: one buffer that is used again and again, grows when it has to, and may be shared between threads. */

// the most bytes that a UTF-16 unit takes in UTF-8
const bytesPerUnit = 3;
const firstBytes = 64 * 1024;

/** Bytes that grow. What `since` gave is no longer good after the next `clear`. */
export class ByteSink {
  readonly #isShared: boolean;
  #buffer: Buffer;
  #length = 0;

  constructor(isShared = false) {
    this.#isShared = isShared;
    this.#buffer = newBuffer(firstBytes, isShared);
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a text as UTF-8. */
  addText(text: string): void {
    this.#makeRoom(text.length * bytesPerUnit);
    this.#length += this.#buffer.write(text, this.#length, "utf8");
  }

  /** Adds bytes. */
  addBytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What was added behind so many bytes. */
  since(from: number): Uint8Array {
    return this.#buffer.subarray(from, this.#length);
  }

  /** Forgets the bytes, and keeps their place. */
  clear(): void {
    this.#length = 0;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = newBuffer(Math.max(2 * this.#buffer.length, needed), this.#isShared);
    grown.set(this.since(0));
    this.#buffer = grown;
  }
}

function newBuffer(bytes: number, isShared: boolean): Buffer {
  return isShared ? Buffer.from(new SharedArrayBuffer(bytes)) : Buffer.allocUnsafeSlow(bytes);
}
