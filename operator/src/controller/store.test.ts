/** Proves what a store keeps when news comes late, twice or from another past. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareResourceVersions, newStore } from "./store.ts";
import { newWidget, type Widget } from "./test-cluster.ts";

const widget = (name: string, resourceVersion: number, uid = "u1", size = 1): Widget => {
  const plain = newWidget(name, size);
  return { ...plain, metadata: { ...plain.metadata, uid, resourceVersion: String(resourceVersion) } };
};
const key = { namespace: "default", name: "a" };

test("what is older than the store's is ignored, whoever it is", () => {
  const store = newStore<Widget>();
  store.put(widget("a", 10, "u2", 5));
  expect(store.put(widget("a", 9, "u2"))).toEqual([]);
  expect(store.put(widget("a", 8, "u1"))).toEqual([]);
  expect(store.get(key)?.spec?.size).toBe(5);
});

test("C3: another UID under the same name is a deletion and an addition", () => {
  const store = newStore<Widget>({ size: (object) => [String(object.spec?.size)] });
  const before = widget("a", 1, "u1", 1);
  store.put(before);
  const after = widget("a", 2, "u2", 2);
  expect(store.put(after)).toEqual([{ before }, { after }]);
  expect(store.byUid("u1")).toBeUndefined();
  expect(store.byIndex("size", "1")).toEqual([]);
  expect(store.remove(key, "u1")).toEqual([]); // the deletion of the old one comes late
  expect(store.get(key)).toBe(after);
});

test("a list is the truth, also where it is older", () => {
  const store = newStore<Widget>();
  store.put(widget("a", 100, "u1", 5));
  store.put(widget("gone", 101, "u2"));
  store.replaceAll([widget("a", 50, "u1", 7)]);
  expect(store.list().map((object) => [object.metadata.name, object.spec?.size])).toEqual([["a", 7]]);
});

test("an object that an index cannot read is found by its key", () => {
  const store = newStore<Widget>({ text: (object) => [(object.spec as { text: string }).text.trim()] });
  store.put(widget("a", 1));
  expect(store.get(key)).toBeDefined();
  expect(store.byIndex("text", "")).toEqual([]);
});

test("versions are compared as numbers of any length", () => {
  expect(compareResourceVersions("9", "10")).toBeLessThan(0);
  expect(compareResourceVersions("90071992547409931", "90071992547409930")).toBeGreaterThan(0);
});

test("property: indexes say what a full search says", () => {
  const write = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    uid: fc.constantFrom("u1", "u2"),
    size: fc.nat(2),
    act: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(write), (writes) => {
      const store = newStore<Widget>({ size: (object) => [String(object.spec?.size)] });
      for (const [position, { name, uid, size, act }] of writes.entries()) {
        if (act === 0) store.remove({ namespace: "default", name });
        else if (act === 1) store.put(widget(name, position + 1, uid, size));
        else store.replaceAll([widget(name, position + 1, uid, size)]);
      }
      for (const size of ["0", "1", "2"]) {
        const found = store.list().filter((object) => String(object.spec?.size) === size);
        expect(new Set(store.byIndex("size", size))).toEqual(new Set(found));
      }
    }),
  );
});
