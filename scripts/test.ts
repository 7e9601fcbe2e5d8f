/** Everything: the check, then each test suite; prints minutes per suite and, last, `N passed, N failed`. A skipped test counts as failed. */
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, runModule } from "./run-command.ts";

interface SuiteResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly minutes: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

const suites = ["unit", "integration", "e2e"];

const results: SuiteResult[] = [await timed("check", checkSuite)];
for (const suite of suites) results.push(await timed(suite, () => vitestSuite(suite)));

for (const { name, passed, failed, minutes } of results) {
  console.log(
    `${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${minutes.toFixed(1).padStart(6)} min`,
  );
}
const failed = sum(results.map((one) => one.failed));
console.log(`${sum(results.map((one) => one.passed))} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function timed(name: string, run: () => Promise<{ passed: number; failed: number }>): Promise<SuiteResult> {
  console.log(`--- ${name}`);
  const started = performance.now();
  const counts = await run();
  return { name, ...counts, minutes: (performance.now() - started) / 60_000 };
}

async function checkSuite(): Promise<{ passed: number; failed: number }> {
  const { code } = await runCommand(process.execPath, ["scripts/check.ts"], { show: true });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function vitestSuite(name: string): Promise<{ passed: number; failed: number }> {
  const file = join(tmpdir(), `openreg-${process.pid}-${name}.json`);
  const args = ["run", "--project", name, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const { code } = await runModule("vitest/vitest.mjs", args, { show: true });
  return counted(code, file);
}

/** A suite that ends badly without a failed test (a file that does not load, a hook that throws) is one failure. */
function counted(code: number, file: string): { passed: number; failed: number } {
  const report = readReport(file);
  if (!report) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const failed = report.numTotalTests - passed;
  return { passed, failed: failed === 0 && (code !== 0 || !report.success) ? 1 : failed };
}

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as VitestReport;
  } catch {
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
