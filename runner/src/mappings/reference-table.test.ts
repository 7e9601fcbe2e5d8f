/** Says how an input is held in memory, and when it is too large or not a table. */
import type { Definition } from "@openreg/crds";
import { newRunValues } from "@openreg/language";
import { expect, test } from "vitest";
import { type Piece, pieceOf, type Row } from "../connectors/connector.ts";
import { newReferenceTable, readWhole } from "./reference-table.ts";

const values = newRunValues({
  ...{ report: "r", series: "r", mode: "Test", businessDate: "2026-04-01", timeZone: "UTC" },
  ...{ createdAt: "2026-04-01T00:00:00Z", parameters: {} },
});

async function* piecesOf(...pieces: Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

function input(type: string, personal = false): Definition["inputs"][number] {
  const column = { required: false, personal };
  return {
    name: "units",
    sql: { connector: "warehouse", query: "" },
    lookupBy: ["id"],
    columns: [
      { name: "id", type, ...column },
      { name: "name", type: "String", ...column },
    ],
  };
}

test("keeps all rows up to the bound, and refuses the piece that goes beyond it", async () => {
  const piece = pieceOf([
    ["1", "one"],
    ["2", "two"],
  ]);
  const bytes = 2 * (64 + 2 * 24 + 2 * 4);
  expect(await readWhole("units", piecesOf(piece), bytes)).toEqual([piece]);
  await expect(readWhole("units", piecesOf(piece, piece), bytes)).rejects.toMatchObject({
    code: "TooLargeForMemory",
    message: expect.stringMatching(/^input units: its first 4 rows take more than/),
  });
});

test("finds a row by its key as expressions write it, and no row whose key is null", () => {
  const table = newReferenceTable(
    input("Decimal(9,2)"),
    [
      pieceOf([
        ["7.5", "a"],
        [null, "b"],
      ]),
      pieceOf([["8", "c"]]),
    ],
    { values },
  );
  expect([["7.50"], ["8"], ["null"]].map((keys) => table.find(keys)?.[1])).toEqual(["a", "c", undefined]);
});

test.each([
  [
    "Integer",
    false,
    [
      ["1", "a"],
      ["x", "b"],
    ],
    /row 2, column id: "x" is not a Integer/,
  ],
  [
    "Integer",
    true,
    [
      ["1", "a"],
      ["x", "b"],
    ],
    /row 2, column id: \(personal\) is not a Integer/,
  ],
  [
    "String",
    false,
    [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ],
    /rows 1 and 3 both have id a; lookupBy must name one row/,
  ],
  [
    "String",
    true,
    [
      ["a", "1"],
      ["a", "2"],
    ],
    /rows 1 and 2 both have id \(personal\)/,
  ],
] as const)("refuses a table of %s keys (personal: %s) that is none", (type, personal, piece, expected) => {
  expect(() => newReferenceTable(input(type, personal), [pieceOf(piece as readonly Row[])], { values })).toThrow(
    expected,
  );
});
