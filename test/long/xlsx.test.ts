/** Proves workbooks where it takes time: in LibreOffice, beyond the rows of a sheet, beyond 4 GiB, in little memory. */
import { execFile } from "node:child_process";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, crc32, deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newXlsxFormat, recordsPerSheet } from "../../runner/src/formats/xlsx/renderer.ts";
import { fileOf } from "../conformance/format.ts";
import { extremeColumns, extremeRows } from "../fixtures/extremes.ts";
import { sheetsAsCsv } from "../peers/libreoffice.ts";
import { ensurePython, runPython } from "../peers/python.ts";

const runFile = promisify(execFile);
const part = { number: 1, records: 0, sequence: "" };
const whole = [{ header: "N", type: { kind: "int" } }] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-xlsx-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("LibreOffice shows every extreme with its digits and in its type", async () => {
  const format = () => newXlsxFormat([{ name: "Rows", columns: extremeColumns }]);
  const rows = extremeRows(["=1+1", "@SUM(A1)", "x".repeat(32_767)]);
  const csv = (await sheetsAsCsv(fileOf(format, rows))).get("Rows") ?? "";
  await writeFile(join(folder, "rows.csv"), csv);
  const read = JSON.parse(await runPython("read_csv.py", [join(folder, "rows.csv")])) as [string, string][][];
  // An empty row at the end of a sheet is in the workbook (another reader proves it), but not in what LibreOffice exports.
  const shownRows = rows.slice(0, rows.findLastIndex((row) => row.some((text) => text !== null)) + 1);
  expect(read.length).toBe(shownRows.length);
  for (const [index, row] of shownRows.entries()) {
    expect(read[index]?.map(([, text]) => text)).toEqual(row.map((text, column) => shown(text ?? "", column)));
  }
});

/** What a person sees in the cell. */
function shown(text: string, column: number): string {
  const type = extremeColumns[column]?.type;
  if (type?.kind === "bool") return text.toUpperCase();
  if (type?.kind === "string") return text.replaceAll("\r\n", "\n"); // the file holds both, LibreOffice one
  if (type?.kind !== "timestamp" || text < "1900-03-01" || !/^.{19}(\.[0-9]{0,3}0*)?Z$/.test(text)) return text;
  return text.slice(0, 23).replace("T", " ").replace("Z", ""); // cells show milliseconds at most
}

test("records beyond the last row of a sheet stand on further sheets, each with its header", async () => {
  const rows = Array.from({ length: 2 * recordsPerSheet + 1 }, (_, index) => [String(index)]);
  const path = join(folder, "long.xlsx");
  await writeFile(
    path,
    fileOf(() => newXlsxFormat([{ name: "Trades", columns: whole }]), rows, 3),
  );
  const last = recordsPerSheet - 1;
  expect(JSON.parse(await runPython("read_last_rows.py", [path]))).toEqual([
    ["Trades", 1_048_576, ["N"], [0], [last]],
    ["Trades (2)", 1_048_576, ["N"], [recordsPerSheet], [recordsPerSheet + last]],
    ["Trades (3)", 2, ["N"], [2 * recordsPerSheet]],
  ]);
});

test("an archive beyond 4 GiB is whole to other programs", async () => {
  const plain = Buffer.alloc(64 << 20, "<!-- rows -->");
  const bytes = deflateRawSync(plain, { level: 0, finishFlush: constants.Z_SYNC_FLUSH });
  const chunk = { bytes, compressed: { sheet: 0, crc32: crc32(plain), sizeBytes: plain.length } };
  const file = newXlsxFormat([{ name: "Large", columns: whole }]).newFile();
  const path = join(folder, "large.xlsx");
  const out = await open(path, "w");
  const write = async (parts: readonly Uint8Array[]) => {
    for (const one of parts) await out.writeFile(one);
  };
  await write(file.begin(part));
  for (let count = 0; count < 66; count += 1) await write(file.sections[0]?.add([chunk]) ?? []);
  await write([...(file.sections[0]?.end() ?? []), ...file.end(part)]);
  await out.close();
  const check =
    "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), [i.file_size>>32 for i in z.infolist()])";
  const { stdout } = await runFile(await ensurePython(), ["-c", check, path]);
  expect(stdout.trim()).toBe("None [0, 0, 1, 0, 0, 0]");
  expect((await runFile("unzip", ["-t", path])).stdout).toContain("No errors detected");
});

test("a million rows of twenty columns take no more memory than a few", async () => {
  const renderer = join(import.meta.dirname, "../../runner/src/formats/xlsx/renderer.ts");
  const script = `
    import { newXlsxFormat } from ${JSON.stringify(renderer)};
    const columns = Array.from({ length: 20 }, (_, index) => ({ header: "C" + index, type: { kind: index % 2 ? "string" : "int" } }));
    const format = newXlsxFormat([{ name: "A", columns }]);
    const file = format.newFile();
    const rows = Array.from({ length: 256 }, (_, row) => columns.map((__, column) => String(row * 1000 + column)));
    let bytes = 0;
    for (let first = 0; first < 1_000_000; first += 256)
      for (const part of file.sections[0].add(format.sections[0].render(rows, first))) bytes += part.length;
    console.log(bytes > 10_000_000);`;
  const { stdout } = await runFile(process.execPath, [
    "--max-old-space-size=24",
    "--input-type=module-typescript",
    "-e",
    script,
  ]);
  expect(stdout.trim()).toBe("true");
});
