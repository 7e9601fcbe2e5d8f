/** Owns what every format must do; a format's test is one call with an independent reader. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../runner/src/connectors/connector.ts";
import { type Chunk, type Format, type OutputColumn, ValueRefused } from "../../runner/src/formats/format.ts";
import { extremeColumns, extremeRows, rowsOfSeed } from "../fixtures/extremes.ts";

/** A value as the reader found it: nothing, or a kind of its own words (`text`, `number`) and the text. */
export type ReadCell = readonly [kind: string, text: string] | null;

/** What the suite needs. */
export interface FormatSuite {
  /** Makes the format for columns, as each lane does. */
  readonly make: (columns: readonly OutputColumn[]) => Format;
  /** What an independent program finds in a file: the records, without names of columns. */
  readonly read: (file: Uint8Array) => Promise<readonly (readonly ReadCell[])[]>;
  /** What the reader must find for a value of a column. */
  readonly expected: (text: string | null, column: OutputColumn) => ReadCell;
  /** Whether the file can hold a text of the suite; one that it refuses is left out. Default all. */
  readonly holds?: (text: string) => boolean;
  /** Texts beyond those of all formats that the file must hold, and texts that it must refuse, with a part of the message. */
  readonly texts: readonly string[];
  readonly refused: Readonly<Record<string, { readonly text: string; readonly message: RegExp }>>;
}

const part = { number: 1, records: 0, sequence: "" };
const rowsPerPiece = 256;

/** The file of some rows, with this many lanes: each has a format of its own, and the last lane is the first to be ready. */
export function fileOf(make: () => Format, rows: readonly Row[], lanes = 1): Buffer {
  const formats = Array.from({ length: lanes }, make);
  const pieces = Array.from({ length: Math.ceil(rows.length / rowsPerPiece) }, (_, index) => index);
  const rendered = new Map<number, readonly Chunk[]>();
  for (const index of lanes === 1 ? pieces : pieces.toReversed()) {
    const records = rows.slice(index * rowsPerPiece, (index + 1) * rowsPerPiece);
    const chunks = formats[index % lanes]?.sections[0]?.render(records, index * rowsPerPiece) ?? [];
    rendered.set(index, lanes === 1 ? chunks : structuredClone(chunks)); // as between threads
  }
  const file = make().newFile();
  const [section] = file.sections;
  const parts = [...file.begin(part)];
  for (const index of pieces) parts.push(...(section?.add(rendered.get(index) ?? []) ?? []));
  parts.push(...(section?.end() ?? []), ...file.end({ ...part, records: rows.length }));
  return Buffer.concat(parts);
}

/** Declares the tests. */
export function testFormat(suite: FormatSuite): void {
  const make = () => suite.make(extremeColumns);
  const held = (rows: readonly Row[]) =>
    rows.map((row) => row.map((text) => (text === null || suite.holds?.(text) !== false ? text : null)));
  const extremes = held(extremeRows(suite.texts));
  const expectRead = async (rows: readonly Row[]) => {
    const read = await suite.read(fileOf(make, rows));
    expect(read.length).toBe(rows.length);
    for (const [index, row] of rows.entries()) expect(read[index]).toEqual(expectedRow(row));
  };
  const expectedRow = (row: Row) => extremeColumns.map((column, index) => suite.expected(row[index] ?? null, column));

  test("an independent reader finds every extreme exactly", () => expectRead(extremes));

  test("an independent reader finds no record in an empty file", () => expectRead([]));

  test("an independent reader finds whatever rows hold, exactly", async () => {
    const rows = fc.sample(rowsOfSeed, { numRuns: 700, seed: 20260131 });
    await expectRead(held(rows));
  });

  test.each([2, 5])("the bytes are those of one lane with %i lanes", (lanes) => {
    const rows = Array.from({ length: 5 }, () => extremes).flat();
    expect(rows.length).toBeGreaterThan(4 * rowsPerPiece);
    expect(fileOf(make, rows, lanes).equals(fileOf(make, rows))).toBe(true);
  });

  test("the bytes do not know time zone and locale", () => {
    const rows = extremes;
    const here = fileOf(make, rows);
    const { TZ, LC_ALL } = process.env;
    try {
      Object.assign(process.env, { TZ: "Pacific/Kiritimati", LC_ALL: "de_DE.UTF-8" });
      expect(fileOf(make, rows).equals(here)).toBe(true);
    } finally {
      restore("TZ", TZ);
      restore("LC_ALL", LC_ALL);
    }
  });

  test("files that are written at once do not touch each other", () => {
    const format = make();
    const [first, second] = [format.newFile(), format.newFile()];
    const render = (rows: readonly Row[]) => format.sections[0]?.render(rows, 0) ?? [];
    const [one, other] = [extremes.slice(0, 3), extremes.slice(3, 9)];
    const parts: Record<"first" | "second", Uint8Array[]> = {
      first: [...first.begin(part)],
      second: [...second.begin(part)],
    };
    parts.second.push(...(second.sections[0]?.add(render(other)) ?? []));
    parts.first.push(...(first.sections[0]?.add(render(one)) ?? []));
    parts.second.push(...(second.sections[0]?.end() ?? []), ...second.end({ ...part, records: other.length }));
    parts.first.push(...(first.sections[0]?.end() ?? []), ...first.end({ ...part, records: one.length }));
    expect(Buffer.concat(parts.first).equals(fileOf(make, one))).toBe(true);
    expect(Buffer.concat(parts.second).equals(fileOf(make, other))).toBe(true);
  });

  for (const [sentence, { text, message }] of Object.entries(suite.refused)) {
    test(`refuses ${sentence}, by record and column`, () => {
      const column = extremeColumns.findIndex(({ type }) => type.kind === "string");
      const good = extremeRows([])[0] ?? [];
      const rows = [good, good, good.map((value, index) => (index === column ? text : value))];
      const refused = thrown(() => make().sections[0]?.render(rows, 0));
      expect(refused).toBeInstanceOf(ValueRefused);
      expect(refused).toMatchObject({ record: 2, header: extremeColumns[column]?.header });
      expect((refused as Error).message).toMatch(message);
    });
  }
}

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
