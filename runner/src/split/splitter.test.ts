/** Proves where parts end: by sentences, and by a property that compares with the plainest way to cut. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Segment, SplitImpossible, type SplitLimits, type SplitPiece, Splitter } from "./splitter.ts";

/** A record: its key, its value of `by`, its size. */
type Record3 = readonly [key: string, by: string, size: number];
interface Uses {
  readonly by?: boolean;
  readonly keys?: boolean;
}

const sentences: Record<
  string,
  { limits: Partial<SplitLimits>; uses?: Uses; pieces: readonly (readonly Record3[])[]; parts: readonly number[] }
> = {
  "a part ends when it has as many records as allowed": {
    limits: { maxRecords: 3 },
    pieces: [plain(4), plain(4)],
    parts: [3, 3, 2],
  },
  "a limit that is reached exactly opens no further part": {
    limits: { maxRecords: 4 },
    pieces: [plain(4), plain(4)],
    parts: [4, 4],
  },
  "bytes around the records count in each part": {
    limits: { maxBytes: 30, bytesAround: 10 },
    pieces: [plain(5, 10)],
    parts: [2, 2, 1],
  },
  "bytes are counted to the record, across pieces": {
    limits: { maxBytes: 35 },
    pieces: [plain(2, 10), plain(3, 10)],
    parts: [3, 2],
  },
  "whichever limit is reached first ends the part": {
    limits: { maxBytes: 100, maxRecords: 3 },
    pieces: [[...plain(4, 10), ...plain(2, 90)]],
    parts: [3, 2, 1],
  },
  "a part ends where a value of by changes, also between pieces": {
    limits: {},
    uses: { by: true },
    pieces: [by("aab"), by("bcc"), by("a")],
    parts: [2, 2, 2, 1],
  },
  "by and a number of records go together": {
    limits: { maxRecords: 2 },
    uses: { by: true },
    pieces: [by("aaabb")],
    parts: [2, 1, 2],
  },
  "records of one key stay together": {
    limits: { maxRecords: 3 },
    uses: { keys: true },
    pieces: [keys("aabbc")],
    parts: [2, 3],
  },
  "records of one key stay together across pieces": {
    limits: { maxRecords: 4 },
    uses: { keys: true },
    pieces: [keys("aabb"), keys("b"), keys("bccd")],
    parts: [2, 4, 3],
  },
  "a group that fills a part exactly is alone in it": {
    limits: { maxRecords: 3 },
    uses: { keys: true },
    pieces: [keys("abb"), keys("bcd")],
    parts: [1, 3, 2],
  },
  "no records make no part": { limits: { maxRecords: 1 }, pieces: [[], []], parts: [] },
};
test.each(Object.entries(sentences))("%s", (_sentence, { limits, uses = {}, pieces, parts }) => {
  const { sizes, order } = split({ bytesAround: 0, ...limits }, pieces, uses);
  expect(sizes).toEqual(parts);
  expect(order).toEqual(pieces.flat().map((_, index) => index));
});

const impossible: Record<
  string,
  {
    limits: Partial<SplitLimits>;
    uses?: Uses;
    pieces: readonly (readonly Record3[])[];
    at: readonly [number, number];
    reason: RegExp;
  }
> = {
  "a record that is larger than a part": {
    limits: { maxBytes: 50, bytesAround: 10 },
    pieces: [plain(2), [...plain(1), ["", "", 41]]],
    at: [1, 1],
    reason: /^the record does not fit into a part; raise/,
  },
  "a group that is larger than a part, as soon as it is known": {
    limits: { maxRecords: 3 },
    uses: { keys: true },
    pieces: [keys("abb"), keys("bb"), keys("bb")],
    at: [0, 1],
    reason: /^the records of one key do not fit/,
  },
  "a group with different values of by": {
    limits: { maxRecords: 9 },
    uses: { keys: true, by: true },
    pieces: [[["k", "a", 1]], [["k", "b", 1]]],
    at: [1, 0],
    reason: /records of one key differ in the columns of split.by/,
  },
  "the same without any limit": {
    limits: {},
    uses: { keys: true, by: true },
    pieces: [[["k", "a", 1]], [["k", "b", 1]]],
    at: [1, 0],
    reason: /records of one key differ in the columns of split.by/,
  },
};
test.each(Object.entries(impossible))("refuses %s", (_sentence, { limits, uses = {}, pieces, at, reason }) => {
  const thrown = catching(() => split({ bytesAround: 0, ...limits }, pieces, uses));
  expect(thrown).toBeInstanceOf(SplitImpossible);
  expect(thrown).toMatchObject({ piece: at[0], record: at[1], message: expect.stringMatching(reason) });
});

test("a whole piece is asked for its size at most once more than it is written", () => {
  let asked = 0;
  const splitter = new Splitter<number>({ maxBytes: 1e9, bytesAround: 0 });
  for (let index = 0; index < 100; index += 1) {
    splitter.push({ piece: index, count: 256, sizeOf: (from, to) => ++asked && to - from });
  }
  expect(asked).toBe(200);
});

test("cuts like the plainest way to cut, however records come in pieces", () => {
  const record = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("x", "y"), fc.integer({ min: 1, max: 20 }));
  const limits = fc.record({
    maxRecords: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    maxBytes: fc.option(fc.integer({ min: 30, max: 60 }), { nil: undefined }),
    bytesAround: fc.integer({ min: 0, max: 9 }),
  });
  const uses = fc.record({ by: fc.boolean(), keys: fc.boolean() });
  const property = fc.property(fc.array(fc.array(record, { maxLength: 9 })), limits, uses, (pieces, given, used) => {
    const expected = catching(() => plainSplit(given, pieces.flat(), used));
    const found = catching(() => split(given, pieces, used).sizes);
    if (expected instanceof Error) expect(found).toBeInstanceOf(SplitImpossible);
    else expect(found).toEqual(expected);
  });
  fc.assert(property, { numRuns: 3000, seed: 20260131 });
});

/** Groups first, then group by group into the part that is open. */
function plainSplit(limits: SplitLimits, records: readonly Record3[], uses: Uses): number[] {
  const isTogether = (one: Record3 | undefined, other: Record3 | undefined) =>
    uses.keys === true && one?.[0] === other?.[0];
  const groups: Record3[][] = [];
  for (const [index, record] of records.entries()) {
    if (index > 0 && isTogether(records[index - 1], record)) groups.at(-1)?.push(record);
    else groups.push([record]);
  }
  const parts: { count: number; bytes: number; by: string }[] = [];
  for (const group of groups) {
    const bytes = group.reduce((sum, [, , size]) => sum + size, 0);
    const [, value] = group[0] as Record3;
    if (uses.by && group.some(([, other]) => other !== value)) throw new Error("by differs");
    const { maxRecords = 1e9, maxBytes = 1e9, bytesAround } = limits;
    if (group.length > maxRecords || bytes + bytesAround > maxBytes) throw new Error("too large");
    const open = parts.at(-1);
    const isFull = !open || open.count + group.length > maxRecords || open.bytes + bytes > maxBytes;
    if (isFull || (uses.by && open.by !== value))
      parts.push({ count: group.length, bytes: bytesAround + bytes, by: value });
    else Object.assign(open, { count: open.count + group.length, bytes: open.bytes + bytes });
  }
  return parts.map(({ count }) => count);
}

function split(limits: SplitLimits, pieces: readonly (readonly Record3[])[], uses: Uses) {
  const splitter = new Splitter<number>(limits);
  const starts = pieces.map((_, index) => pieces.slice(0, index).flat().length);
  const segments: Segment<number>[] = [];
  for (const [index, piece] of pieces.entries()) segments.push(...splitter.push(pieceOf(index, piece, uses)));
  segments.push(...splitter.end());
  const sizes: number[] = [];
  const order: number[] = [];
  for (const { piece, from, to, part } of segments) {
    expect([part === sizes.length || part === sizes.length + 1, to > from]).toEqual([true, true]); // no gap, nothing empty
    sizes[part - 1] = (sizes[part - 1] ?? 0) + to - from;
    for (let record = from; record < to; record += 1) order.push((starts[piece] ?? 0) + record);
  }
  expect(splitter.parts).toBe(sizes.length);
  return { sizes, order };
}

function pieceOf(piece: number, records: readonly Record3[], uses: Uses): SplitPiece<number> {
  const at = (record: number) => records[record] as Record3;
  return {
    piece,
    count: records.length,
    sizeOf: (from, to) => records.slice(from, to).reduce((sum, [, , size]) => sum + size, 0),
    byOf: uses.by ? (record) => at(record)[1] : undefined,
    keyOf: uses.keys ? (record) => at(record)[0] : undefined,
  };
}

function plain(count: number, size = 1): Record3[] {
  return Array.from({ length: count }, () => ["", "", size]);
}

function by(values: string): Record3[] {
  return [...values].map((value) => ["", value, 1]);
}

function keys(values: string): Record3[] {
  return [...values].map((value) => [value, "", 1]);
}

function catching(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
