/** Says when keys are forgotten, and that they never take more memory than they may. */
import { expect, test } from "vitest";
import type { Rule } from "../rows/finding.ts";
import { UniqueRules } from "./unique-rules.ts";

function rule(id: string, columns: string[]): Rule {
  return { id, severity: "Warning", columns: [], message: id, unique: { columns } };
}

const neighbours = { names: ["ref"], positions: [0] };

test("keys that hold the record's key are forgotten with it, others are kept", () => {
  const rules = [rule("pair", ["status", "ref"]), rule("status", ["status"])];
  const unique = new UniqueRules({ input: "trades", rules, neighbours });
  const rows = [
    ["T1", "a"],
    ["T1", "b"],
    ["T1", "a"],
    ["T2", "a"],
  ];
  const found = rows.map((row, index) => {
    unique.next(row);
    return [unique.add(0, row.join(" "), index + 1), unique.add(1, row[1] ?? "", index + 1)];
  });
  expect(unique.forgets).toBe(true);
  expect(found).toEqual([
    [0, 0],
    [0, 0],
    [1, 1],
    [0, 1],
  ]);
});

test("a rule whose keys are forgotten needs no more memory for more rows", () => {
  const unique = new UniqueRules({
    input: "trades",
    rules: [rule("ref", ["ref"])],
    neighbours,
    limit: 2 * 1024 * 1024,
  });
  for (let row = 1; row <= 200_000; row++) {
    unique.next([`T${row}`]);
    unique.add(0, `T${row}`, row);
  }
  unique.checkSize(200_000);
});

test("names the rule whose keys take more memory than they may", () => {
  const rules = [rule("ref", ["ref"]), rule("isin", ["isin"])];
  const unique = new UniqueRules({ input: "trades", rules, neighbours, limit: 3 * 1024 * 1024 });
  for (let row = 1; row <= 200_000; row++) unique.add(1, `I${row}`, row);
  expect(() => unique.checkSize(200_000)).toThrow(
    /input trades, row 200000: the values that rule isin compares take more than 3 MiB/,
  );
});

test("spills texts beyond their room, row by row, and still names the first row", () => {
  const kept: Buffer[] = [];
  const spill = {
    append: (bytes: Uint8Array) => kept.push(Buffer.from(bytes)) - 1,
    read: (at: number, into: Uint8Array) => {
      const chunk = Math.floor(at);
      kept[chunk]?.copy(into, 0, 0);
    },
    clear: () => void kept.splice(0),
  };
  const rules = [rule("isin", ["isin"])];
  const textLimit = 2 * 1024 * 1024;
  const unique = new UniqueRules({
    input: "trades",
    rules,
    neighbours,
    limit: 8 * 1024 * 1024,
    newSpill: () => spill,
    textLimit,
  });
  for (let row = 1; row <= 200_000; row++) {
    unique.add(0, `a long key that would not fit ${row}`, row);
    if (row % 256 === 0) unique.checkSize(row);
  }
  expect(kept.length).toBeGreaterThan(5);
  expect(unique.add(0, "a long key that would not fit 1", 200_001)).toBe(1);
  unique.close();
  expect(kept).toEqual([]);
});
