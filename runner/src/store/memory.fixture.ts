/** Owns a store in memory for tests: exclusive creation as a folder has it, and a place before and after each call. */
import type { Store } from "./store.ts";

/** Called before and after each call; may wait, and may throw to stand for a process that dies there. */
export type StoreGate = (moment: "before" | "after", call: "create" | "read" | "list", key: string) => Promise<void>;

/** Objects by their keys; several stores may share them, as processes share a volume. */
export type StoredObjects = Map<string, Uint8Array>;

/** A view on stored objects. What a ledger does not need is not there. */
export function newMemoryStore(objects: StoredObjects, gate: StoreGate = async () => {}): Store {
  const gated = async <T>(call: "create" | "read" | "list", key: string, act: () => T): Promise<T> => {
    await gate("before", call, key);
    const result = act();
    await gate("after", call, key);
    return result;
  };
  const missing = (): never => {
    throw new Error("this store keeps the ledger only");
  };
  return {
    createExclusive: (key, bytes) =>
      gated("create", key, () => {
        if (objects.has(key)) return false;
        objects.set(key, bytes);
        return true;
      }),
    read: (key) => gated("read", key, () => objects.get(key)),
    list: (prefix) =>
      gated("list", prefix, () => {
        const below = [...objects.keys()].filter((key) => key.startsWith(`${prefix}/`));
        return [...new Set(below.map((key) => key.slice(prefix.length + 1).split("/")[0] ?? ""))].sort();
      }),
    newWriter: missing,
    readStream: missing,
    remove: missing,
    sweep: missing,
  };
}
