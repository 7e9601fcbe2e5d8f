/** Owns the keys of the records of a document while it is checked: kept in temporary bytes, read only when a record is refused. */
import type { StoreWriter } from "../store/store.ts";

/** Keeps keys in the order of the records. */
export class RecordKeys {
  readonly #writer: StoreWriter;

  /** `writer` holds temporary bytes that nobody else uses. */
  constructor(writer: StoreWriter) {
    this.#writer = writer;
  }

  /** Adds the keys of the next records, as in `tx_ref=T3`. */
  async add(keys: readonly string[]): Promise<void> {
    let lines = "";
    for (const key of keys) lines += `${JSON.stringify(key)}\n`;
    if (lines !== "") await this.#writer.write(Buffer.from(lines));
  }

  /** The keys of some records, counted from 0, in any order; all others are passed over. */
  async keysOf(records: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const wanted = new Set(records);
    const found = new Map<number, string>();
    await this.#writer.finish();
    let record = 0;
    for await (const line of linesOf(this.#writer.read())) {
      if (wanted.has(record)) found.set(record, JSON.parse(line) as string);
      if (found.size === wanted.size) break;
      record += 1;
    }
    return found;
  }

  /** Removes the keys. May be called at any time, also twice. */
  abort(): Promise<void> {
    return this.#writer.abort();
  }
}

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of source) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
