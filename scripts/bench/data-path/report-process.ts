/** The program that the bench times: one local run of a Report, as a process of its own; says in JSON on standard output how it ended. */
import { readFileSync } from "node:fs";
import { type LocalRunRequest, runReport } from "../../../cli/src/local-run.ts";

/** What the program reads from the file that its first argument names. */
export type ReportRequest = Pick<LocalRunRequest, "manifests" | "businessDate" | "storeFolder"> & {
  /** Default as many as there are cores. */
  readonly lanes?: number;
};

/** What the program prints. */
export interface ReportAnswer {
  readonly message: string;
  readonly rows: { readonly fetched: number; readonly excluded: number; readonly written: number };
  /** Rows found by rule; rules that found nothing are not there. */
  readonly findings: Readonly<Record<string, number>>;
  /** Of each output its bytes' digest and its key below the store's folder. */
  readonly artifacts: readonly { readonly output: string; readonly sha256: string; readonly key: string }[];
  /** The run itself, without the start of Node. */
  readonly runSeconds: number;
  /** Lanes that the rows went through; not there when the runner has none to choose. */
  readonly lanes?: number;
}

/** Without it the digests of two runs would differ by what `run.createdAt` shows. */
const createdAt = "2026-04-20T06:00:00Z";

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as ReportRequest;
  const started = performance.now();
  const end = await runReport({ ...request, createdAt, mode: "Test", parameters: {}, show: () => {} });
  const runSeconds = (performance.now() - started) / 1000;
  if (end.exitCode !== 0 || !end.execution.rows)
    throw new Error(`the run ended with ${end.exitCode}: ${end.message.code}: ${end.message.message}`);
  const byRule = end.execution.findings?.byRule ?? [];
  const answer: ReportAnswer = {
    ...{ message: end.message.code, rows: end.execution.rows, runSeconds },
    ...(request.lanes !== undefined && { lanes: request.lanes }),
    findings: Object.fromEntries(byRule.map(({ id, count }) => [id, count])),
    artifacts: end.execution.artifacts.map(({ output, sha256, key }) => ({ output, sha256, key })),
  };
  console.log(JSON.stringify(answer));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
