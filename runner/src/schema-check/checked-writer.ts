/** Owns a writer whose document is checked on the way: the same bytes go to the store and to the checker, at the pace of the slower. */
import type { StoredBytes, StoreWriter } from "../store/store.ts";
import { schemaError } from "./describe-verdict.ts";
import type { RecordKeys } from "./record-keys.ts";
import type { SchemaCheck } from "./schema-check.ts";

/** What is checked. */
export interface CheckedWriterOptions {
  readonly output: string;
  readonly writer: StoreWriter;
  readonly check: SchemaCheck;
  readonly keys: RecordKeys;
  readonly linesBeforeRecords: number;
  /** How many records were written, asked when the document has ended. */
  readonly records: () => number;
}

/** A writer that ends well only for a document that fits its schema: `finish` and `commit` throw StepError `DocumentInvalid`. */
export function newCheckedWriter({ writer, check, keys, ...document }: CheckedWriterOptions): StoreWriter {
  let verdict: Promise<void> | undefined;
  const judge = async (): Promise<void> => {
    const found = await check.finish();
    if (found.isValid) return keys.abort();
    throw await schemaError(found, {
      ...document,
      records: document.records(),
      keysOf: (records) => keys.keysOf(records),
    });
  };
  const finish = async (): Promise<StoredBytes> => {
    const stored = await writer.finish();
    verdict ??= judge();
    await verdict;
    return stored;
  };
  return {
    write: async (bytes) => {
      await Promise.all([writer.write(bytes), check.write(bytes)]);
    },
    finish,
    read: () => writer.read(),
    commit: async (key) => {
      await finish();
      return writer.commit(key);
    },
    abort: async () => {
      await Promise.all([writer.abort(), check.abort(), keys.abort()]);
    },
  };
}
