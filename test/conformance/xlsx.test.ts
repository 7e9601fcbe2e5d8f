/** Holds XLSX to what every format must do, read by openpyxl, and to what is its own. */
import { describe, expect, test } from "vitest";
import type { OutputColumn } from "../../runner/src/formats/format.ts";
import { newXlsxFormat, recordsPerSheet } from "../../runner/src/formats/xlsx/renderer.ts";
import { type ReadCell, testFormat } from "./format.ts";
import { readWith } from "./read-with.ts";

type Sheets = Readonly<Record<string, readonly (readonly ReadCell[])[]>>;

/** Which kind of cell holds a value: what a spreadsheet would change is text. */
function kindOf(text: string, { type }: OutputColumn): string {
  switch (type.kind) {
    case "int":
    case "decimal":
      if (type.kind === "decimal" && type.scale > 30) return "text";
      return isExact(text) ? "number" : "text";
    case "bool":
      return "bool";
    case "date":
      return text >= "1900-03-01" ? "date" : "text";
    case "timestamp":
      return text >= "1900-03-01" && /^.{19}(\.[0-9]{0,3}0*)?Z$/.test(text) ? "date" : "text";
    default:
      return "text";
  }
}

/** Of at most 15 digits, and not so near to a power of ten that LibreOffice shows that. */
function isExact(text: string): boolean {
  const digits = text.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "");
  return digits.length <= 15 && !(text.includes(".") && /^9{14}[0-9]$/.test(digits));
}

/** Cells show milliseconds at most; what a date cell leaves away are zeros. */
function shown(text: string, kind: string, { type }: OutputColumn): string {
  return kind === "date" && type.kind === "timestamp" ? text.replace(/(\.[0-9]{3})0*Z$/, "$1Z") : text;
}

describe("xlsx", () =>
  testFormat({
    make: (columns) => newXlsxFormat([{ name: "Rows", columns }]),
    read: async (file) => {
      const { Rows: [, ...records] = [] } = (await readWith("read_xlsx.py", file)) as Sheets;
      return records;
    },
    expected: (text, column) => {
      if (text === null) return null;
      const kind = kindOf(text, column);
      return [kind, shown(text, kind, column)];
    },
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
