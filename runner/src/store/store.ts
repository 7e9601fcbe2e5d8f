/** Owns the interface of an artifact store: keys with bytes, published whole or not at all. */

/** What a finished write holds. */
export interface StoredBytes {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** One object being written; nobody sees it under its key before `commit`. */
export interface StoreWriter {
  /** Adds bytes, which may hold others as soon as this resolves. Resolves when more may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes everything durable and closes, still unseen. Answers hash and size. */
  finish(): Promise<StoredBytes>;
  /** The bytes of a finished write, which nobody else sees. */
  read(): AsyncIterable<Uint8Array>;
  /** Finishes if needed and publishes under the key, replacing what a lost attempt left there. */
  commit(key: string): Promise<StoredBytes>;
  /** Throws the bytes away. May be called at any time, also twice. */
  abort(): Promise<void>;
}

/** Where a run keeps its bytes. Keys are paths with `/`; every method throws StepError `StoreUnavailable` when the store fails. */
export interface Store {
  /** Creates an object durably. Answers false, and changes nothing, when the key exists. */
  createExclusive(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Begins an object; `owner` groups temporary bytes, so that a later attempt can remove them. */
  newWriter(owner: string): Promise<StoreWriter>;
  /** The bytes of a small object, or undefined when there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** The bytes of an object in pieces, from the beginning. */
  readStream(key: string): AsyncIterable<Uint8Array>;
  /** Names directly below a prefix, sorted; empty when there are none. */
  list(prefix: string): Promise<readonly string[]>;
  /** Removes an object; does nothing when there is none. */
  remove(key: string): Promise<void>;
  /** Removes temporary bytes that an earlier process of this owner left. */
  sweep(owner: string): Promise<void>;
}
