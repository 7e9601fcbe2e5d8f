/** Owns LibreOffice as a reader of workbooks: it says what a person would see. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../cluster/command.ts";
import { ensurePrograms } from "../cluster/packages.ts";
import { newProgress } from "../cluster/progress.ts";

// comma, quotes, UTF-8, from the first line, nothing quoted by force, cells as they are shown, every sheet
const filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1";

/** The sheets of a workbook as CSV, by name. Installs LibreOffice when it is not there. */
export async function sheetsAsCsv(workbook: Uint8Array): Promise<ReadonlyMap<string, string>> {
  await ensurePrograms(["soffice"], newProgress());
  const folder = await mkdtemp(join(tmpdir(), "openreg-libreoffice-"));
  try {
    const out = join(folder, "out");
    await mkdir(out);
    await writeFile(join(folder, "book.xlsx"), workbook);
    const profile = `-env:UserInstallation=file://${folder}/profile`;
    await run("soffice", [profile, "--headless", "--convert-to", filter, "--outdir", out, join(folder, "book.xlsx")]);
    const names = await readdir(out);
    const texts = names.map(async (name) => [sheetOf(name), await readFile(join(out, name), "utf8")] as const);
    return new Map(await Promise.all(texts));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sheetOf(fileName: string): string {
  return fileName.slice("book-".length, -".csv".length);
}
