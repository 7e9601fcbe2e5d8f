/** Holds XLSX to what every format must do, read by openpyxl, and to what is its own. */
import { describe, expect, test } from "vitest";
import type { OutputColumn } from "../../runner/src/formats/format.ts";
import { newXlsxFormat, recordsPerSheet } from "../../runner/src/formats/xlsx/renderer.ts";
import { type ReadCell, testFormat } from "./format.ts";
import { readWith } from "./read-with.ts";
import { workbookCell } from "./xlsx-cells.ts";

type Sheets = Readonly<Record<string, readonly (readonly ReadCell[])[]>>;

describe("xlsx", () =>
  testFormat({
    make: (columns) => newXlsxFormat([{ name: "Rows", columns }]),
    read: async (file) => {
      const { Rows: [, ...records] = [] } = (await readWith("read_xlsx.py", file)) as Sheets;
      return records;
    },
    expected: workbookCell,
    texts: ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', "x".repeat(32_767)],
    refused: {
      "a control character": { text: "a\u0001b", message: /holds the character U\+0001, .*remove it/ },
      "a noncharacter": { text: "\uffff", message: /U\+FFFF/ },
      "half of a surrogate pair": { text: "\ud83d", message: /half of a surrogate pair/ },
      "a text that is too long for a cell": { text: "x".repeat(32_768), message: /32768 characters.*32767 at most/ },
    },
  }));

test("sheets that are continued stand behind the one they continue, and before the next named one", async () => {
  const column: OutputColumn = { header: "N", type: { kind: "int" } };
  const names = ["First", "Second"];
  const format = newXlsxFormat(names.map((name) => ({ name, columns: [column] })));
  const file = format.newFile();
  const parts = [...file.begin({ number: 1, records: 0, sequence: "" })];
  for (const [index, section] of format.sections.entries()) {
    const assembly = file.sections[index];
    // the rows between are left out: nothing but their number counts
    const chunks = [0, recordsPerSheet, 2 * recordsPerSheet].flatMap((first) =>
      section.render([[String(first)]], first),
    );
    parts.push(...(assembly?.add(chunks) ?? []), ...(assembly?.end() ?? []));
  }
  parts.push(...file.end({ number: 1, records: 6, sequence: "" }));
  const sheets = (await readWith("read_xlsx.py", Buffer.concat(parts))) as Sheets;
  const sheet = (row: number) => [[["text", "N"]], [["number", String(row)]]];
  const each = names.flatMap((name) => [
    [name, sheet(0)],
    [`${name} (2)`, sheet(recordsPerSheet)],
    [`${name} (3)`, sheet(2 * recordsPerSheet)],
  ]);
  expect(Object.entries(sheets)).toEqual(each);
});
