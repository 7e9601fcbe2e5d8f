/** Holds CSV to what every format must do, read by Python's csv. */
import { describe } from "vitest";
import type { CsvSettings } from "../../runner/src/formats/csv/config.ts";
import { newCsvFormat } from "../../runner/src/formats/csv/renderer.ts";
import { someRun } from "../../runner/src/formats/run-texts.fixture.ts";
import { type ReadCell, testFormat } from "./format.ts";
import { readWith } from "./read-with.ts";

const settings: CsvSettings = {
  columnNames: true,
  delimiter: ",",
  quote: "Minimal",
  newline: "CRLF",
  bom: true,
  formulas: "Keep",
};

describe("csv", () =>
  testFormat({
    make: (columns) => newCsvFormat(settings, columns, someRun),
    read: (file) => readWith("read_csv.py", file) as Promise<ReadCell[][]>,
    // this reader takes null for empty text; the goldens tell them apart
    expected: (text) => ["text", text ?? ""],
    texts: ["=1+1", "@SUM(A1)", "\u0001\u0008\u000b\u001f", "\ufffe\uffff", "x".repeat(1_000_000)],
    // what `formulas` refuses is proven beside the renderer
    refused: {
      NUL: { text: "a\u0000b", message: /U\+0000/ },
      "half of a surrogate pair": { text: "\ud83d", message: /U\+D83D/ },
    },
  }));
