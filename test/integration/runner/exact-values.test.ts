/** Proves that lists keep their elements, and that what a column or a file cannot hold is refused rather than bent. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readWith } from "../../conformance/read-with.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newCsvOutput, newDefinitionFor, newPlan } from "./test-plan.ts";

type Output = Definition["outputs"][number];

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  database = await startPostgresql();
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const dialect = { columnNames: true, delimiter: ",", quote: "Minimal", newline: "LF", bom: false } as const;
const newOutput = (format: Partial<Output>): Output => {
  return { name: "file", from: "trades", fileName: "file", whenEmpty: "Fail", ...format };
};

interface Given {
  readonly query: string;
  /** Type by name of the columns; one whose type ends with `!` is required. */
  readonly columns: Readonly<Record<string, string>>;
  readonly output?: Output;
  readonly fields?: Definition["fields"];
}

/** Runs a query, whose first column is the key, and gives the end with the text of the file. */
async function run({ query, columns, output = newCsvOutput(), fields = [] }: Given) {
  const declared = Object.entries(columns).map(([name, type]) => {
    return { name, type: type.replace("!", ""), required: type.endsWith("!"), personal: false };
  });
  const definition = newDefinitionFor(database, query, {
    inputs: [{ name: "trades", sql: { connector: "warehouse", query }, columns: declared }],
    record: { input: "trades", key: Object.keys(columns).slice(0, 1) },
    ...{ fields, outputs: [output] },
  });
  const endpoint = `${database.host}:${database.port}`;
  const secrets = secretsInMemory({ "connectors/warehouse": { ...database.reader, endpoint } });
  const end = await runLocally({ plan: newPlan(definition), storeFolder, secrets, show: () => {} });
  const [artifact] = end.execution.artifacts;
  const file = artifact && (await readFile(join(storeFolder, artifact.key)));
  return { code: end.message.code, message: end.message.message, file };
}

/** What the database can hold and a column of the type cannot: nothing is rounded, cut, or made something else. */
const unfit: Readonly<Record<string, readonly [expression: string, type: string]>> = {
  "NaN as a decimal": ["'NaN'::numeric", "Decimal(38,10)"],
  "infinity as a decimal": ["'Infinity'::numeric", "Decimal(38,10)"],
  "minus infinity as a decimal": ["'-Infinity'::numeric", "Decimal(38,10)"],
  "NaN of a float": ["'NaN'::float8", "Decimal(38,10)"],
  "a float with an exponent": ["1e300::float8", "Decimal(76,10)"],
  "money with its sign": ["12.5::numeric::money", "Decimal(18,2)"],
  "more fraction digits than declared": ["0.12345::numeric", "Decimal(18,4)"],
  "more digits than declared": ["123456789.0::numeric", "Decimal(9,1)"],
  "an integer beyond 64 bits": ["9223372036854775808::numeric", "Integer"],
  "a fraction as an integer": ["1.0::numeric", "Integer"],
  "NaN as an integer": ["'NaN'::numeric", "Integer"],
  "an infinite day": ["'infinity'::date", "Date"],
  "a day before the year 1": ["'0044-03-15 BC'::date", "Date"],
  "the year 10000": ["'10000-01-01'::date", "Date"],
  "a moment as a day": ["'2026-01-31 10:00:00'::timestamp", "Date"],
  "an infinite moment": ["'-infinity'::timestamptz", "Timestamp(6)"],
  "a moment before the year 1": ["'0001-01-01 00:00:00Z'::timestamptz - interval '1 microsecond'", "Timestamp(6)"],
  "a moment of the year 10000": ["'9999-12-31 23:59:59Z'::timestamptz + interval '1 second'", "Timestamp(0)"],
  "microseconds in a column of milliseconds": ["'2026-01-31 10:00:00.123456Z'::timestamptz", "Timestamp(3)"],
  "a text of another zone than UTC": ["'2026-01-31 10:00:00+02'::text", "Timestamp(0)"],
  "a word as a boolean": ["'yes'::text", "Boolean"],
  "an element that is not a number": ["'{1.5,NaN}'::numeric[]", "Decimal(18,2)[]"],
  "a table as a list": ["'{{a,b},{c,d}}'::text[]", "String[]"],
};

test.each(Object.entries(unfit))("refuses %s, by column and row", async (_sentence, [expression, type]) => {
  const query = `SELECT n AS id, CASE n WHEN 3 THEN ${expression} END AS value FROM generate_series(1, 3) n`;
  const output = newOutput({ json: { form: "Lines" } });
  const end = await run({ query, columns: { id: "Integer", value: type }, output });
  expect(end).toMatchObject({ code: "SourceValueInvalid", file: undefined });
  expect(end.message).toContain("input trades, row 3, column value: ");
  expect(end.message).toContain(` is not a ${type} (`);
});

test("refuses null where a value is required, by column and row", async () => {
  const query = "SELECT n AS id, CASE WHEN n < 3 THEN '' END AS value FROM generate_series(1, 3) n";
  const end = await run({ query, columns: { id: "Integer", value: "String!" } });
  expect(end).toMatchObject({ code: "SourceValueInvalid", file: undefined });
  expect(end.message).toContain("input trades, row 3, column value: null is not a required String");
});

test("a column of String carries what is no number and no day, as the database says it", async () => {
  const query = `SELECT 1 AS id, 'NaN'::numeric AS a, '-Infinity'::float8 AS b, 'infinity'::date AS c, '0044-03-15 BC'::date AS d,
    '10000-01-01 00:00:00Z'::timestamptz AS e, 1e300::float8 AS f, '{{a,b},{c,d}}'::text[] AS g`;
  const columns = { id: "Integer", ...Object.fromEntries([..."abcdefg"].map((name) => [name, "String"])) };
  const { file } = await run({ query, columns, output: newCsvOutput({ csv: { ...dialect, formulas: "Keep" } }) });
  expect(file?.toString().split("\n")[1]).toBe(
    '1,NaN,-Infinity,infinity,0044-03-15 BC,10000-01-01 00:00:00+00,1e+300,"{{a,b},{c,d}}"',
  );
});

/** Type, what the database is told, and the elements; undefined for null. */
const lists: Readonly<Record<string, readonly [type: string, sql: string, elements: readonly string[] | undefined]>> = {
  texts: [
    "String[]",
    `ARRAY['', ' a ', 'b,c', '"', '\\', '{}', 'NULL', 'null', E'two\\nlines', '\u{1f600}', 'e\u0301']`,
    ["", " a ", "b,c", '"', "\\", "{}", "NULL", "null", "two\nlines", "\u{1f600}", "e\u0301"],
  ],
  wholes: [
    "Integer[]",
    "ARRAY[9223372036854775807, -9223372036854775808, 9007199254740993, 0]",
    ["9223372036854775807", "-9223372036854775808", "9007199254740993", "0"],
  ],
  amounts: [
    "Decimal(38,10)[]",
    "ARRAY[9999999999999999999999999999.9999999999, -0.0000000001, 1]::numeric(38,10)[]",
    ["9999999999999999999999999999.9999999999", "-0.0000000001", "1.0000000000"],
  ],
  flags: ["Boolean[]", "ARRAY[true, false]", ["true", "false"]],
  days: [
    "Date[]",
    "ARRAY['0001-01-01', '9999-12-31', '2024-02-29']::date[]",
    ["0001-01-01", "9999-12-31", "2024-02-29"],
  ],
  moments: [
    "Timestamp(6)[]",
    "ARRAY['0001-01-01 00:00:00.000001Z', '2026-01-31 23:59:59.999999+09:30']::timestamptz[]",
    ["0001-01-01T00:00:00.000001Z", "2026-01-31T14:29:59.999999Z"],
  ],
  none: ["String[]", "ARRAY[]::text[]", []],
  missing: ["String[]", "NULL::text[]", undefined],
};

describe("lists keep their elements, their number and their order", () => {
  const names = Object.keys(lists);
  const query = `SELECT 1 AS id, ${Object.entries(lists)
    .map(([name, [, sql]]) => `${sql} AS ${name}`)
    .join()}`;
  const columns = { id: "Integer", ...Object.fromEntries(Object.entries(lists).map(([name, [type]]) => [name, type])) };

  test("in JSON, read by Python", async () => {
    const json = { form: "Array" as const, columns: names.map((name) => ({ name, value: `row.${name}` })) };
    const { file = Buffer.of() } = await run({ query, columns, output: newOutput({ json }) });
    const kinds: Readonly<Record<string, string>> = { wholes: "number", amounts: "number", flags: "bool" };
    const cells = Object.entries(lists).map(([name, [, , elements]]) =>
      elements ? ["list", elements.map((text) => [kinds[name] ?? "text", text])] : null,
    );
    expect(await readWith("read_json.py", file, ["Array"])).toEqual([cells]);
  });

  test("in XML, read by lxml: as many elements", async () => {
    const elements = [
      { at: "id", value: "row.id" },
      ...names.map((name) => ({ at: `${name}/v`, each: `row.${name}` })),
    ];
    const xml = { namespaces: [{ prefix: "e", uri: "urn:l" }], recordAt: "e:d/r", choices: [{ elements }] };
    const { file = Buffer.of() } = await run({ query, columns, output: newOutput({ xml }) });
    const places = names.map((name) => `{urn:l}${name}/{urn:l}v`);
    const read = await readWith("read_xml_lists.py", file, ["{urn:l}r", ...places]);
    expect(read).toEqual([Object.values(lists).map(([, , texts = []]) => texts)]);
  });

  test("joined into one text", async () => {
    const fields = [{ name: "joined", value: 'row.texts.join("|")' }];
    const json = { form: "Lines" as const, columns: [{ name: "joined", value: "row.joined" }] };
    const { file = "" } = await run({ query, columns, fields, output: newOutput({ json }) });
    expect(JSON.parse(file.toString())).toEqual({ joined: lists.texts?.[2]?.join("|") });
  });
});

describe("NUL, which PostgreSQL does not hold but an expression can make,", () => {
  const value = 'row.name + "\\u0000"';
  const elements = [{ at: "v", value }];
  const refusing: Readonly<Record<string, Partial<Output>>> = {
    CSV: { csv: { ...dialect, formulas: "Keep", columns: [{ header: "v", value }] } },
    "fixed width": { fixedWidth: { newline: "LF", columns: [{ value, width: 20, align: "Left", pad: " " }] } },
    XLSX: { xlsx: { sheets: [{ name: "S", from: "trades", columns: [{ header: "v", value }] }] } },
    XML: { xml: { namespaces: [{ prefix: "e", uri: "urn:n" }], recordAt: "e:d/r", choices: [{ elements }] } },
  };
  const query = "SELECT 'n' AS name";
  const columns = { name: "String" };

  test.each(Object.entries(refusing))("is refused by %s, by column and row", async (_sentence, format) => {
    const end = await run({ query, columns, output: newOutput(format) });
    expect(end).toMatchObject({ code: "OutputValueInvalid", file: undefined });
    expect(end.message).toMatch(/output file, .*source row 1.*U\+0000/);
  });

  test("is a character like any other in JSON", async () => {
    const { file } = await run({
      ...{ query, columns },
      output: newOutput({ json: { form: "Lines", columns: [{ name: "v", value }] } }),
    });
    expect(file?.toString()).toBe('{"v":"n\\u0000"}\n');
  });

  test("is refused by the database itself", async () => {
    expect(await run({ query: "SELECT 'n' || chr(0) AS name", columns })).toMatchObject({ code: "SourceQueryFailed" });
  });
});
