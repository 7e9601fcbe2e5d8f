/** Owns the candidate of single stages: the bundled stage program on the rows of a business date. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runnerNodeFlags } from "@openreg/crds";
import { txnManifests } from "../txn/txn-report.ts";
import { watch } from "../watched-process.ts";
import type { CopySource } from "./psql-copy.ts";
import type { StageAnswer, StageRequest } from "./stage-process.ts";

/** What a stage works on. */
export interface StageSource extends CopySource {
  readonly program: string;
  readonly folder: string;
}

/** Runs a stage once. */
export async function runStage(source: StageSource, stage: StageRequest["stage"]): Promise<StageAnswer> {
  const { database, businessDate, program, folder } = source;
  const { username, password } = database.address;
  const request: StageRequest = {
    ...{ stage, businessDate, credentials: { username, password } },
    manifests: await txnManifests(database.address, ["csv"]),
  };
  const file = join(folder, "stage.json");
  await writeFile(file, JSON.stringify(request));
  const end = await watch({ program: process.execPath, args: [...runnerNodeFlags, program, file] });
  return JSON.parse(end.output) as StageAnswer;
}
