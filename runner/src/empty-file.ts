/** Owns a writer whose file has no byte when it has no record, whatever the format puts around records: what `whenEmpty: EmptyFile` asks for. */
import type { StoredBytes, StoreWriter } from "./store/store.ts";

/** What is written, and what is asked when the file ends. */
export interface EmptyFileOptions {
  /** Takes the bytes as they are. */
  readonly writer: StoreWriter;
  /** Takes the bytes of a file with records; it may check them on their way to `writer`. */
  readonly whole: StoreWriter;
  /** How many records were written. */
  readonly records: () => number;
  /** Ends the check of a file that has nothing to check. */
  readonly dropCheck: () => Promise<void>;
}

/** The writer. Bytes wait until a record was written. */
export function newEmptyFileWriter({ writer, whole, records, dropCheck }: EmptyFileOptions): StoreWriter {
  let held: Buffer[] = [];
  const release = async (): Promise<void> => {
    for (const bytes of held) await whole.write(bytes);
    held = [];
  };
  const finish = async (): Promise<StoredBytes> => {
    if (records() > 0) await release();
    else await dropCheck();
    return (records() > 0 ? whole : writer).finish();
  };
  return {
    write: async (bytes) => {
      if (records() > 0) await release();
      if (records() > 0) await whole.write(bytes);
      else held.push(Buffer.from(bytes)); // the bytes may hold others soon
    },
    finish,
    read: () => writer.read(),
    commit: async (key) => {
      await finish();
      return (records() > 0 ? whole : writer).commit(key);
    },
    abort: () => whole.abort(),
  };
}
