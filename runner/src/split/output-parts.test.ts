/** Proves the files of an output that is split: whole, numbered without gaps, each with its own header and count. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newCsvFormat } from "../formats/csv/renderer.ts";
import type { Format } from "../formats/format.ts";
import { newJsonFormat } from "../formats/json/renderer.ts";
import { someRun } from "../formats/run-texts.fixture.ts";
import { newXmlFormat } from "../formats/xml/renderer.ts";
import { OutputFile, writersOf } from "../output-file.ts";
import { newFolderStore } from "../store/folder.ts";
import { mostParts, OutputParts, type SplitRecords, type SplitSettings } from "./output-parts.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-parts-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const string = { kind: "string" } as const;
const csv = (header: string) =>
  newCsvFormat(
    {
      columnNames: false,
      delimiter: ",",
      quote: "Minimal",
      newline: "LF",
      bom: false,
      formulas: "Keep",
      header: [header],
      trailer: ["end {part.sequence}"],
    },
    [{ header: "A", type: string }],
    someRun,
  );
const json = newJsonFormat({ form: "Array" }, [{ header: "A", type: string }]);

const cases: Record<
  string,
  { format: Format; split: Partial<SplitSettings>; pieces: readonly SplitRecords[]; files: readonly string[] }
> = {
  "by records, with the count of each part in its header": {
    format: csv("part {part.number} of {part.records}"),
    split: { maxRecords: 2 },
    pieces: [piece("abc"), piece("de")],
    files: ["part 1 of 2\na\nb\nend 000001\n", "part 2 of 2\nc\nd\nend 000002\n", "part 3 of 1\ne\nend 000003\n"],
  },
  "by keys that stay together across pieces": {
    format: csv("{part.number}"),
    split: { maxRecords: 3, keepTogether: "RecordKey" },
    pieces: [
      { ...piece("abc"), keys: ["1", "2", "2"] },
      { ...piece("de"), keys: ["2", "3"] },
    ],
    files: ["1\na\nend 000001\n", "2\nb\nc\nd\nend 000002\n", "3\ne\nend 000003\n"],
  },
  "by columns": {
    format: csv("{part.number}"),
    split: { by: ["country"] },
    pieces: [
      { ...piece("abc"), by: ["DE", "DE", "FR"] },
      { ...piece("d"), by: ["FR"] },
    ],
    files: ["1\na\nb\nend 000001\n", "2\nc\nd\nend 000002\n"],
  },
  "by size, exactly": {
    format: json, // [ and ] with their line breaks take 4 bytes, each record 11
    split: { maxSizeBytes: 4 + 3 * 11 },
    pieces: [piece("abcdefg")],
    files: [jsonOf("abc"), jsonOf("def"), jsonOf("g")],
  },
  "without records there is no part": { format: json, split: { maxRecords: 2 }, pieces: [piece("")], files: [] },
};
test.each(Object.entries(cases))("%s", async (_sentence, { format, split, pieces, files }) => {
  const parts = partsOf(format, split);
  for (const one of pieces) await parts.write(one);
  await parts.end();
  expect(parts.records).toBe(pieces.flatMap(({ records }) => records).length);
  expect(parts.parts.map(({ number }) => number)).toEqual(files.map((_, index) => index + 1));
  const found: string[] = [];
  for (const { number, file } of parts.parts) {
    await file.commit(`part-${number}`);
    found.push(await readFile(join(folder, `part-${number}`), "utf8"));
  }
  expect(found).toEqual(files);
  for (const text of found) expect(text.length).toBeLessThanOrEqual(split.maxSizeBytes ?? 1000);
});

test("a record that no part can hold is named by its source row, and nothing stays behind", async () => {
  const parts = partsOf(json, { maxSizeBytes: 20 });
  await parts.write(piece("ab"));
  const tooLong = { records: [["c"], ["x".repeat(20)]], sourceRows: [17, 18] };
  await expect(parts.write(tooLong)).rejects.toMatchObject({
    code: "OutputValueInvalid",
    message: expect.stringMatching(/^output rows, source row 18: the record does not fit into a part; raise split/),
  });
  await parts.abort();
  await parts.abort();
  expect(await newFolderStore(folder).list("tmp/run")).toEqual([]);
});

test.each<Partial<SplitSettings>>([{ maxRecords: 2 }, { maxRecords: 2, maxSizeBytes: 1000 }])(
  "a value that the file cannot hold is named by its source row, with %j",
  async (split) => {
    const format = newXmlFormat(
      { namespaces: [], recordAt: "d/r", choices: [{ elements: [{ at: "A", value: "row.a" }] }] },
      [{ header: "A", type: string }],
      someRun,
    );
    const parts = partsOf(format, split);
    const records = { records: [["a"], ["b"], ["c"], ["\u0001"]], sourceRows: [5, 6, 8, 9] };
    await expect(parts.write(records)).rejects.toMatchObject({
      code: "OutputValueInvalid",
      message: expect.stringMatching(/^output rows, column A, source row 9: the value holds the character U\+0001/),
    });
    await parts.abort();
  },
);

test("a size that is smaller than an empty part is refused at once", () => {
  expect(() => partsOf(csv("x".repeat(100)), { maxSizeBytes: 100 })).toThrow(
    /split.maxSize is 100 bytes, and what stands around/,
  );
});

test("one part more than an output may have is refused at its piece, with what to do, and nothing of that piece is written", async () => {
  const written: string[] = [];
  const parts = partsOf(json, { maxRecords: 1 }, (name) => written.push(name));
  const rows = Array.from({ length: mostParts - 1 }, (_, index) => index + 1);
  await parts.write({ records: rows.map(() => ["a"]), sourceRows: rows });
  await parts.write({ records: [["b"]], sourceRows: [mostParts] });
  await expect(parts.write({ records: [["c"], ["d"]], sourceRows: [2001, 2002] })).rejects.toMatchObject({
    code: "TooManyParts",
    step: "GeneratingArtifacts",
    message: expect.stringMatching(
      /^output rows, source row 2001: here part 1001 would begin.* 1000; raise split.maxRecords/,
    ),
  });
  expect(written).toHaveLength(mostParts);
  await parts.abort();
  expect(await newFolderStore(folder).list("tmp/run")).toEqual([]);
});

function partsOf(
  format: Format,
  split: Partial<SplitSettings>,
  onFile: (name: string) => void = () => {},
): OutputParts {
  const store = newFolderStore(folder);
  return new OutputParts({
    output: "rows",
    split: { measured: "Uncompressed", ...split },
    format,
    newFile: async () => {
      onFile("a file");
      const writers = [];
      while (writers.length < writersOf(format)) writers.push(await store.newWriter("run"));
      return new OutputFile(format, writers);
    },
    sequenceOf: async (part) => String(part).padStart(6, "0"),
  });
}

function piece(values: string): SplitRecords {
  return { records: [...values].map((value) => [value]), sourceRows: [...values].map((_, index) => index + 1) };
}

function jsonOf(values: string): string {
  return `[\n${[...values].map((value) => `{"A":"${value}"}`).join(",\n")}\n]\n`;
}
