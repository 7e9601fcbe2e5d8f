/** A whole program: fields, rules and outputs over one row after another. */
import { expect, test } from "vitest";
import { type Cells, COLUMNS, compile, PARAMETERS, RUN, rowOf } from "./outcome.fixture.ts";
import { checkRow } from "./row-check.ts";
import { compileRowProgram, PASS, UNDECIDED_ERROR, UNDECIDED_NULL, VIOLATED } from "./row-program.ts";

const OUTPUT = [{ name: "file", columns: [{ value: "row.text" }, { value: "row.notional" }, { value: "row.rate" }] }];

test("fields read columns and the fields before them; rules and outputs read both", () => {
  const program = compile({
    fields: [
      { name: "notional", value: "row.price * row.count" },
      { name: "shown", value: 'string(row.notional) + " " + row.text' },
    ],
    rules: [{ id: "positive", assert: "row.notional > 0.00" }],
    outputs: [{ name: "file", columns: [{ value: "row.shown" }, { value: "row.notional - 1" }] }],
  });
  expect(program.evaluate(rowOf())).toBe(0);
  expect(program.render(0)).toEqual(["87.50 hello", "86.50"]);
});

test("evaluate tells how many rules did not pass, verdicts which", () => {
  const program = compile({
    rules: [
      { id: "a", assert: "row.count > 5" },
      { id: "b", assert: "row.count > 50" },
      { id: "c", assert: "row.rank > 5" },
      { id: "d", assert: "1 / row.count > 5" },
    ],
  });
  expect(program.evaluate(rowOf({ count: "0" }))).toBe(4);
  expect([...program.verdicts]).toEqual([VIOLATED, VIOLATED, UNDECIDED_NULL, UNDECIDED_ERROR]);
  expect([0, 1, 2, 3, 4].map((rule) => program.undecidedReason(rule))).toEqual([
    "",
    "",
    "rank is null at 1:1",
    "division by zero, or the int result does not fit 64 bits at 1:3",
    "",
  ]);
  expect(program.evaluate(rowOf({ count: "60", rank: "6" }))).toBe(1);
  expect([...program.verdicts]).toEqual([PASS, PASS, PASS, VIOLATED]);
  expect(program.undecidedReason(2)).toBe("");
});

test("a field that fails leaves its reason to rules and outputs that read it", () => {
  const program = compile({
    fields: [{ name: "notional", value: "row.rate * 2" }],
    rules: [
      { id: "reads", assert: "row.notional > 1.0" },
      { id: "reads not", assert: "row.count == 7" },
      { id: "absorbs", assert: "row.notional > 1.0 || row.flag" },
    ],
    outputs: OUTPUT,
  });
  expect(program.evaluate(rowOf())).toBe(1);
  expect([...program.verdicts]).toEqual([UNDECIDED_NULL, PASS, PASS]);
  expect(program.undecidedReason(0)).toBe("rate is null at 1:1");
  expect(program.render(0)).toBeUndefined();
  expect(program.renderError).toEqual({ column: 1, reason: "rate is null at 1:1" });
  program.evaluate(rowOf({ rate: "1.5" }));
  expect(program.render(0)).toEqual(["hello", "3.00000", "1.50000"]);
  expect(program.renderError).toBeUndefined();
});

test("a field that may be null is null where it is read", () => {
  const program = compile({
    fields: [{ name: "rate2", value: "row.rate" }],
    rules: [{ id: "guarded", assert: "row.rate2 == null || row.rate2 > 1.0" }],
    outputs: [{ name: "file", columns: [{ value: "row.rate2" }] }],
  });
  expect(program.evaluate(rowOf())).toBe(0);
  expect(program.render(0)).toEqual([null]);
});

test("a row that cannot be read passes nothing and is not rendered", () => {
  const program = compile({
    rules: [{ id: "a", assert: "true" }],
    fields: [{ name: "notional", value: "row.price" }],
    outputs: OUTPUT,
  });
  const refused: readonly (readonly [Cells, number, string])[] = [
    [{ count: "x" }, 2, "NotAnInteger"],
    [{ count: null }, 2, "NullInRequired"],
    [{ price: "1.234" }, 4, "TooManyFractionDigits"],
    [{ rate: "12345678901234" }, 5, "TooManyDigits"],
    [{ settled: "31.01.2026" }, 11, "NotADate"],
    [{ seen: "2026-01-01 00:00:00+01" }, 13, "NotATimestamp"],
    [{ maybe: "yes" }, 9, "NotABoolean"],
    [{ note: "\udc00" }, 1, "InvalidText"],
  ];
  for (const [cells, column, reason] of refused) {
    expect(program.evaluate(rowOf(cells))).toBe(-1);
    expect([program.badColumn, program.badReason, [...program.verdicts]]).toEqual([column, reason, [UNDECIDED_ERROR]]);
    expect(program.undecidedReason(0)).toBe(`column '${COLUMNS[column]?.name}' was refused: ${reason}`);
    expect(program.render(0)).toBeUndefined();
    expect(program.renderError?.column).toBe(-1);
  }
  expect(program.evaluate(rowOf())).toBe(0);
  expect([program.badColumn, program.badReason]).toEqual([-1, undefined]);
  expect(program.render(0)).toEqual(["hello", "12.50", null]);
});

test("a row with too few cells is one with nulls", () => {
  const program = compile({});
  expect(program.evaluate([])).toBe(-1);
  expect([program.badColumn, program.badReason]).toEqual([0, "NullInRequired"]);
});

test("several outputs render the same row, with the part they are given", () => {
  const program = compile({
    outputs: [
      { name: "a", columns: [{ value: "row.text" }, { value: "part.number" }] },
      { name: "b", columns: [{ value: "row.price" }, { value: 'part.sequence + "/" + string(part.records)' }] },
    ],
  });
  program.evaluate(rowOf());
  expect(program.render(0, { number: 3, records: 0, sequence: "" })).toEqual(["hello", "3"]);
  expect(program.render(1, { number: 3, records: 10, sequence: "0042" })).toEqual(["12.50", "0042/10"]);
  expect(program.render(0)).toEqual(["hello", "1"]);
  expect(program.render(2)).toBeUndefined();
});

test("a value of an output is computed only where an earlier value says so", () => {
  const program = compile({
    outputs: [
      {
        name: "a",
        columns: [
          { value: 'row.text == "hello"', expected: "bool" },
          { value: "row.count * 9223372036854775807", only: { slot: 0, is: "false" } },
          { value: "row.text", only: { slot: 0, is: "true" } },
        ],
      },
    ],
  });
  program.evaluate(rowOf({ text: "hello", count: "7" }));
  expect(program.render(0)).toEqual(["true", null, "hello"]); // what would overflow is not computed
  program.evaluate(rowOf({ text: "other", count: "1" }));
  expect(program.render(0)).toEqual(["false", "9223372036854775807", null]);
  program.evaluate(rowOf({ text: "other", count: "7" }));
  expect([program.render(0), program.renderError?.column]).toEqual([undefined, 1]);
});

test("two programs do not share anything", () => {
  const one = compile({
    rules: [{ id: "a", assert: "row.count == 7" }],
    outputs: [{ name: "a", columns: [{ value: "row.text" }] }],
  });
  const two = compile({
    rules: [{ id: "a", assert: "row.count != 7" }],
    outputs: [{ name: "a", columns: [{ value: "row.text" }] }],
  });
  one.evaluate(rowOf());
  two.evaluate(rowOf({ text: "other" }));
  expect([one.verdicts[0], two.verdicts[0], one.render(0)?.[0], two.render(0)?.[0]]).toEqual([
    PASS,
    VIOLATED,
    "hello",
    "other",
  ]);
});

test("500 columns and 300 rules are one program", () => {
  const columns = Array.from({ length: 500 }, (_, index) => ({
    name: `c${index}`,
    type: "Decimal(18,2)",
    required: false,
  }));
  const rules = Array.from({ length: 300 }, (_, index) => ({
    id: `r${index}`,
    assert: `row.c${index} == null || row.c${index + 2} == null || row.c${index} + row.c${index + 2} > ${index}.50`,
  }));
  const outputs = [{ name: "file", columns: columns.map(({ name }) => ({ value: `row.${name}` })) }];
  const program = compileRowProgram({ columns, fields: [], rules, outputs, run: RUN });
  expect(program.evaluate(columns.map((_, index) => `${index}.25`))).toBe(0);
  expect(program.render(0)?.[499]).toBe("499.25");
});

test("expressions as long and deep as may be still compile", () => {
  const sum = `row.rank${" + row.rank".repeat(240)}`;
  const choice = `${Array.from({ length: 90 }, (_, index) => `row.rank == ${index} ? ${index} : `).join("")}-1`;
  const groups = `${"(row.maybe || ".repeat(90)}row.flag${")".repeat(90)}`;
  const exists =
    "[1, 2, 3, 4, 5].exists(x, [1, 2, 3, 4, 5].exists(y, [1, 2, 3, 4, 5].exists(z, x * y * z == row.rank)))";
  const program = compile({
    rules: [
      { id: "groups", assert: groups },
      { id: "exists", assert: exists },
    ],
    outputs: [{ name: "file", columns: [{ value: sum }, { value: choice }] }],
  });
  expect(program.evaluate(rowOf({ rank: "60" }))).toBe(0);
  expect(program.render(0)).toEqual([String(241 * 60), "60"]);
});

test("an output that is too wide is refused", () => {
  const columns = Array.from({ length: 65_537 }, () => ({ value: "1" }));
  expect(() => compile({ outputs: [{ name: "wide", columns }] })).toThrow("output 'wide' has more than 65536 columns");
});

test("a message with many errors holds the first ones, the error all", () => {
  const rules = Array.from({ length: 30 }, (_, index) => ({ id: `r${index}`, assert: "row.x" }));
  expect(() => compile({ rules })).toThrow(/and 20 more$/);
});

test("definitions with errors do not compile, and all errors are told with their places", () => {
  const spec = {
    columns: COLUMNS,
    fields: [{ name: "f", value: "row.coutn" }],
    rules: [
      { id: "a", assert: "row.count" },
      { id: "b", assert: "row.f > 1" },
      { id: "c", assert: "row.", path: "spec.validation.rules[2].assert" },
    ],
    outputs: [{ name: "o", columns: [{ value: "row.text" }, { value: "row.txet" }] }],
    runParameters: PARAMETERS,
  };
  const places = checkRow(spec).diagnostics.map(({ path, code }) => `${path} ${code}`);
  expect(places).toEqual([
    "fields[0].value UnknownColumn",
    "rules[0].assert TypeClash",
    "spec.validation.rules[2].assert Syntax",
    "outputs[0].columns[1].value UnknownColumn",
  ]);
  expect(() => compileRowProgram({ ...spec, run: RUN })).toThrow(
    /fields\[0\]\.value 1:5: unknown column 'coutn'[\s\S]*outputs\[0\]/,
  );
});

test("a field does not read itself or a later one", () => {
  const fields = [
    { name: "a", value: "row.b" },
    { name: "b", value: "row.b" },
  ];
  const { diagnostics } = checkRow({ columns: COLUMNS, fields, rules: [], outputs: [] });
  expect(diagnostics.map(({ path, code }) => `${path} ${code}`)).toEqual([
    "fields[0].value UnknownColumn",
    "fields[1].value UnknownColumn",
  ]);
});

const unusable: Record<string, readonly [Partial<Parameters<typeof compile>[0]>, string]> = {
  "a name twice": [{ fields: [{ name: "text", value: "1" }] }, "'text' is there twice"],
  "a wrong column type": [{ columns: [{ name: "x", type: "Text" }] }, "'Text' is not a column type"],
  "a parameter that is missing": [{ run: { ...RUN, parameters: {} } }, "run.parameters.lei must be given"],
  "a wrong date of the run": [{ run: { ...RUN, businessDate: "x" } }, "run.businessDate must be a date"],
};

test.each(Object.entries(unusable))("%s is refused", (_sentence, [spec, message]) => {
  expect(() => compile(spec)).toThrow(message);
});
