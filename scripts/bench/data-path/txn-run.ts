/** The candidate of the data path: the example's report by the runner's own code, in a process of its own. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifests } from "../../cli/src/manifests.ts";
import { dailyTradesFolder, onAddress } from "../../test/fixtures/daily-trades.ts";
import type { CopySource } from "./copy-reference.ts";
import type { DataRound } from "./data-path.ts";
import type { ReportAnswer, ReportRequest } from "./report-process.ts";
import { watch } from "./watched-process.ts";

/** What is reported: the source that the reference copies, by the bundled program. */
export interface ReportSource extends CopySource {
  readonly program: string;
}

/** Gives the function that reports once. */
export async function newReport(source: ReportSource): Promise<() => Promise<DataRound>> {
  const { database, businessDate, folder, program } = source;
  const storeFolder = join(folder, "store");
  const requestFile = join(folder, "request.json");
  const manifests = onAddress(await readManifests([dailyTradesFolder]), database.address);
  const request: ReportRequest = { manifests, businessDate, storeFolder };
  await writeFile(requestFile, JSON.stringify(request));
  return async () => {
    await mkdir(storeFolder);
    try {
      const end = await watch({ program: process.execPath, args: [program, requestFile] });
      const { rows, artifacts, runSeconds } = JSON.parse(end.output) as ReportAnswer;
      const sha256 = artifacts[0]?.sha256 ?? "";
      if (rows.written + rows.excluded !== rows.fetched)
        throw new Error(`${rows.fetched} rows were read, but ${rows.written} written and ${rows.excluded} excluded`);
      const information = `${rows.excluded} rows excluded, ${(end.seconds - runSeconds).toFixed(2)} s are the start of Node`;
      return { ...end, sha256, rows: rows.fetched, information };
    } finally {
      await rm(storeFolder, { recursive: true });
    }
  };
}
