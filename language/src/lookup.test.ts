/** Lookups and the record: what rules, fields and outputs read of them, and what callers learn. */
import { expect, test } from "vitest";
import { checkExpression } from "./check-expression.ts";
import { type Find, FOUND, NO_KEY, NOT_FOUND } from "./lookup.ts";
import { compile, rowOf } from "./outcome.fixture.ts";
import { checkRow } from "./row-check.ts";
import type { Lookup, RowProgramSpec } from "./row-program.ts";

const VENUES: ReadonlyMap<string, readonly (string | null)[]> = new Map([
  ["XETR", ["DE", "t", "0.25"]],
  ["XLON", ["GB", "f", null]],
]);

function lookup(find: Find = ([mic = ""]) => VENUES.get(mic), more: Partial<Lookup> = {}): Lookup {
  return {
    name: "venue",
    keys: [{ name: "mic", value: "row.text" }],
    values: [
      { name: "country", type: "String" },
      { name: "eea", type: "Boolean", required: true },
      { name: "fee", type: "Decimal(6,2)" },
    ],
    find,
    ...more,
  };
}

function results(spec: Partial<RowProgramSpec>, cells: Parameters<typeof rowOf>[0]) {
  const program = compile(spec);
  program.evaluate(rowOf(cells));
  return { program, verdicts: [...program.verdicts], missing: [...program.missing], texts: program.render(0) };
}

const OUTPUT = [{ name: "file", columns: [{ value: "row.venue.country" }, { value: "row.venue.fee" }] }];

test("rules and outputs read what a lookup found, each value of its type", () => {
  const rules = [
    { id: "eea", assert: "row.venue.eea" },
    { id: "fee", assert: "row.venue.fee == null || row.venue.fee * 2 == 0.5" },
    { id: "found", assert: "has(row.venue)" },
  ];
  const spec = { lookups: [lookup()], rules, outputs: OUTPUT };
  expect(results(spec, { text: "XETR" })).toMatchObject({
    verdicts: [0, 0, 0],
    missing: [FOUND],
    texts: ["DE", "0.25"],
  });
  expect(results(spec, { text: "XLON" })).toMatchObject({ verdicts: [1, 0, 0], missing: [FOUND], texts: ["GB", null] });
});

test("what is not found reads null, and the caller learns it", () => {
  const rules = [
    { id: "eea", assert: "row.venue.eea" },
    { id: "guarded", assert: "row.venue == null || row.venue.eea" },
    { id: "by value", assert: 'row.venue.country != "DE"' },
  ];
  const { program, ...rest } = results({ lookups: [lookup()], rules, outputs: OUTPUT }, { text: "XXXX" });
  expect(rest).toEqual({ verdicts: [2, 0, 0], missing: [NOT_FOUND], texts: [null, null] });
  expect(program.undecidedReason(0)).toBe("venue.eea is null at 1:1");
  expect(program.missingReason(0)).toBe("");
});

test("a key that is null finds nothing, and nothing is asked", () => {
  const asked: unknown[] = [];
  const find: Find = (keys) => {
    asked.push(keys);
    return undefined;
  };
  const lookups = [lookup(find, { keys: [{ name: "mic", value: "row.note" }] })];
  expect(results({ lookups }, {}).missing).toEqual([NOT_FOUND]);
  expect(asked).toEqual([]);
});

test("a key without a result leaves its reason to the caller and to what reads the lookup", () => {
  const lookups = [lookup(undefined, { keys: [{ name: "mic", value: "row.text.substring(9)" }] })];
  const rules = [{ id: "r", assert: "row.venue.eea" }];
  const { program, ...rest } = results({ lookups, rules, outputs: OUTPUT }, {});
  expect(rest).toEqual({ verdicts: [3], missing: [NO_KEY], texts: undefined });
  const reason = "a position outside of the text at 1:10";
  expect([program.missingReason(0), program.undecidedReason(0), program.renderError?.reason]).toEqual([
    reason,
    reason,
    reason,
  ]);
});

test("keys are texts in the order declared, numbers and dates in their default form", () => {
  const asked: (readonly string[])[] = [];
  const find: Find = (keys) => {
    asked.push(keys);
    return undefined;
  };
  const keys = ["row.text", "row.count", "row.price", "row.day"].map((value, index) => ({ name: `k${index}`, value }));
  results({ lookups: [lookup(find, { keys })] }, { price: "1.5" });
  expect(asked).toEqual([["hello", "7", "1.50", "2026-03-31"]]);
});

test("fields and lookups stand in one order: each reads what is before it", () => {
  const fields = [
    { name: "mic", value: "row.text.upperAscii()" },
    { name: "country", value: "row.venue.country" },
    { name: "area", value: 'row.land.area + "!"' },
  ];
  const lookups: Lookup[] = [
    lookup(undefined, { keys: [{ name: "mic", value: "row.mic" }], afterFields: 1 }),
    {
      name: "land",
      keys: [{ name: "country", value: "row.country" }],
      values: [{ name: "area", type: "String", required: true }],
      afterFields: 2,
      find: ([country]) => (country === "DE" ? ["Europe"] : undefined),
    },
  ];
  const outputs = [{ name: "file", columns: [{ value: "row.area" }] }];
  expect(results({ fields, lookups, outputs }, { text: "xetr" })).toMatchObject({
    missing: [0, 0],
    texts: ["Europe!"],
  });
  const early = checkRow({
    columns: [],
    fields,
    lookups: [{ ...lookups[0], afterFields: 0 } as Lookup],
    rules: [],
    outputs: [],
  });
  expect(early.diagnostics[0]?.message).toBe("unknown column 'mic'");
});

test("one match is decoded once, however many rows it has", () => {
  const texts = ["DE", "t", "0.25"];
  let reads = 0;
  const counted = new Proxy(texts, {
    get: (target, key) => {
      reads += key === "0" ? 1 : 0;
      return Reflect.get(target, key);
    },
  });
  const program = compile({ lookups: [lookup(() => counted)] });
  for (let row = 0; row < 5; row++) program.evaluate(rowOf());
  expect(reads).toBe(1);
});

test("a looked-up text that does not fit its type stops with the names", () => {
  const program = compile({ lookups: [lookup(() => ["DE", "maybe", null])] });
  expect(() => program.evaluate(rowOf())).toThrow("lookup 'venue': 'eea' is not a Boolean");
  const empty = compile({ lookups: [lookup(() => ["DE", null, null])] });
  expect(() => empty.evaluate(rowOf())).toThrow("lookup 'venue': 'eea' is null but required");
});

test("a refused row has no matches", () => {
  const { program, missing } = results({ lookups: [lookup()] }, { count: "x" });
  expect(missing).toEqual([NO_KEY]);
  expect(program.missingReason(0)).toContain("column 'count' was refused");
});

test("lookups with hostile names are lookups", () => {
  for (const name of ["constructor", "__proto__", "toString", "l0", "w0"]) {
    const lookups = [lookup(() => ["DE", "t", null], { name, values: [{ name, type: "String" }] })];
    const outputs = [
      { name: "file", columns: [{ value: `row.${name}.${name}` }, { value: `row["${name}"]["${name}"]` }] },
    ];
    expect(results({ lookups, outputs }, {}).texts).toEqual(["DE", "DE"]);
  }
});

const scope = {
  row: [{ name: "text", type: "String", required: true }],
  lookups: [
    { name: "venue", values: lookup().values },
    { name: "sure", values: lookup().values, nullable: false },
  ],
  runParameters: [],
};

const remarks: Record<string, readonly [source: string, says: readonly string[]]> = {
  "a field that the lookup has not": [
    "row.venue.county",
    ["1:11 lookup 'venue' has no field 'county' (did you mean 'country'?)"],
  ],
  "a lookup as a value": [
    "row.venue",
    ["1:1 a looked-up record cannot be written as one value (write row.<lookup>.<field>)"],
  ],
  "a lookup compared with something": [
    'row.venue == "DE"',
    ["1:11 '==' does not compare looked-up record with string"],
  ],
  "two lookups compared": ["row.venue == row.sure", ["1:11 looked-up records are only compared with null"]],
  "a lookup without row": ["venue.country", ["1:1 'venue' is a lookup (write row.venue)"]],
  "a value that may be missing": [
    "row.venue.eea && true",
    [
      "1:1 'venue.eea' may be null, and then there is no result (write row.venue.eea == null || ..., or row.venue.eea != null && ...)",
    ],
  ],
  "a guard by the lookup": ["row.venue != null && row.venue.eea", []],
  "a guard by has": ["has(row.venue) && row.venue.eea", []],
  "a guard does not cover what may be null by itself": [
    "has(row.venue) && row.venue.fee > 1.0",
    [
      "1:19 'venue.fee' may be null, and then there is no result (write row.venue.fee == null || ..., or row.venue.fee != null && ...)",
    ],
  ],
  "a lookup whose rows end when it is missing": ["row.sure.eea && true", []],
  "a null test of what is always found": [
    "row.sure == null",
    ["1:1 'sure' is never null (remove the comparison with null)"],
  ],
};

test.each(Object.entries(remarks))("%s", (_sentence, [source, says]) => {
  const { diagnostics } = checkExpression({ source, path: "x", scope });
  expect(
    diagnostics.map(({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` (${hint})` : ""}`),
  ).toEqual(says);
});

test("a record has its key and its action", () => {
  const record = { key: ["text", "count"], action: 'row.flag ? "Cancel" : "New"' };
  const outputs = [{ name: "file", columns: [{ value: "record.key" }, { value: "record.action" }] }];
  const rules = [{ id: "r", assert: 'record.action == "Cancel"' }];
  expect(results({ record, outputs, rules }, {})).toMatchObject({ verdicts: [0], texts: ["hello|7", "Cancel"] });
  expect(results({ record, outputs, rules }, { flag: "f" })).toMatchObject({
    verdicts: [1],
    texts: ["hello|7", "New"],
  });
  expect(results({ record: { key: ["note"] }, outputs }, {}).texts).toEqual(["", "New"]);
});

test("an action that is none is no result", () => {
  const record = { key: [], action: "row.text" };
  const outputs = [{ name: "file", columns: [{ value: "record.action" }] }];
  const rules = [{ id: "r", assert: 'record.action != ""' }];
  const { program, ...rest } = results({ record, outputs, rules }, {});
  expect(rest).toMatchObject({ verdicts: [3], texts: undefined });
  expect(program.undecidedReason(0)).toBe('the action is none of "New", "Modify", "Cancel", "Correct" at 1:1');
  expect(results({ record, outputs }, { text: "Modify" }).texts).toEqual(["Modify"]);
});

const actions: Record<string, readonly [action: string, message: string]> = {
  "an action that is written wrong": ['row.flag ? "Canceled" : "New"', "this is no action"],
  "an action that is no text": ["row.count", "the action must be a string but is int"],
  "an action that reads the record": ["record.key", "there is no record here"],
};

test.each(Object.entries(actions))("%s is refused", (_sentence, [action, message]) => {
  expect(() => compile({ record: { key: ["text"], action } })).toThrow(message);
});

test("a key that is no column is refused", () => {
  expect(() => compile({ record: { key: ["txt"] } })).toThrow("record.key[0] 1:5: unknown column 'txt'");
});
