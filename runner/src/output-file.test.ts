/** Proves how a file comes together: sections one after the other, and a beginning that shows how many records follow. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newFixedWidthFormat } from "./formats/fixed-width/renderer.ts";
import type { Format } from "./formats/format.ts";
import { someRun } from "./formats/run-texts.fixture.ts";
import { OutputFile, writersOf } from "./output-file.ts";
import { newFolderStore } from "./store/folder.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-output-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cases: Record<string, { header: string; writers: number; expected: string }> = {
  "a header without the count is written first": {
    header: "H{part.number}",
    writers: 1,
    expected: "H1\na\nb\nc\nT3\n",
  },
  "a header with the count is written before records that came earlier": {
    header: "H{part.records}",
    writers: 2,
    expected: "H3\na\nb\nc\nT3\n",
  },
};
test.each(Object.entries(cases))("%s", async (_sentence, { header, writers, expected }) => {
  const format = lineFormat(header);
  expect(writersOf(format)).toBe(writers);
  const { stored, bytes } = await fileOf(format, [["a"], ["b"], ["c"]]);
  expect(bytes.toString()).toBe(expected);
  expect(stored).toEqual({ sha256: createHash("sha256").update(expected).digest("hex"), sizeBytes: expected.length });
});

test("nothing is left of temporary bytes", async () => {
  const store = newFolderStore(folder);
  await fileOf(lineFormat("H{part.records}"), [["a"]]);
  expect(await store.list("tmp/run")).toEqual([]);
});

function lineFormat(header: string): Format {
  const columns = [{ value: "row.a", width: 1, align: "Left" as const, pad: " " }];
  const settings = { columns, newline: "LF" as const, header: [header], trailer: ["T{part.records}"] };
  return newFixedWidthFormat(settings, [{ header: "1", type: { kind: "string" } }], someRun);
}

async function fileOf(format: Format, rows: readonly (readonly string[])[]) {
  const store = newFolderStore(folder);
  const writers = [];
  while (writers.length < writersOf(format)) writers.push(await store.newWriter("run"));
  const file = new OutputFile(format, writers);
  await file.begin({ number: 1, records: 0, sequence: "" });
  for (const row of rows) await file.write(0, [row]);
  await file.end({ number: 1, records: file.records, sequence: "" });
  const stored = await file.commit("artifacts/file");
  return { stored, bytes: await readFile(join(folder, "artifacts/file")) };
}
