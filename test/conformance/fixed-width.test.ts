/** Holds fixed width to what every format must do, read by slices of Python's strings. */
import { describe } from "vitest";
import { newFixedWidthFormat } from "../../runner/src/formats/fixed-width/renderer.ts";
import { someRun } from "../../runner/src/formats/run-texts.fixture.ts";
import { extremeColumns } from "../fixtures/extremes.ts";
import { type ReadCell, testFormat } from "./format.ts";
import { readWith } from "./read-with.ts";

const columns = extremeColumns.map(({ type }) => ({
  value: "(a column of the suite)",
  width: 80,
  align: type.kind === "string" ? ("Left" as const) : ("Right" as const),
  pad: " ",
}));

describe("fixed width", () =>
  testFormat({
    make: (given) => newFixedWidthFormat({ columns, newline: "CRLF" }, given, someRun),
    read: (file) =>
      readWith(
        "read_fixed_width.py",
        file,
        columns.map(({ width, align }) => `${width}${align[0]}`),
      ) as Promise<ReadCell[][]>,
    // blanks behind a value and a missing value are the same to a reader of fixed width
    expected: (text) => ["text", (text ?? "").replace(/ +$/, "")],
    holds: (text) => !/[\p{Cc}\u2028\u2029]/u.test(text),
    texts: ["=1+1", "x".repeat(80), "😀".repeat(80)],
    refused: {
      "a line break": { text: "a\nb", message: /U\+000A, which would break the line/ },
      "a line separator": { text: "a\u2028b", message: /U\+2028/ },
      "half of a surrogate pair": { text: "\ud83d", message: /U\+D83D/ },
      "a text that is too long for its column": {
        text: "x".repeat(81),
        message: /has 81 characters, but its column has 80/,
      },
    },
  }));
