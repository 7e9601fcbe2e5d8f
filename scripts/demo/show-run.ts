/** Shows a run while it goes on: one line for state, bar, rows and findings. */
import type { ReportRunStatus } from "@openreg/crds/types";

/** What stands for a run in one line; `seconds` since the demo began to follow it. */
export function progressLine(status: ReportRunStatus, seconds: number): string {
  const percent = Number.parseInt(status.summary?.progress ?? "0", 10);
  const filled = Math.round(percent / 5);
  const bar = `[${"#".repeat(filled)}${".".repeat(20 - filled)}]`;
  const rows = status.execution?.rows?.fetched ?? 0;
  const findings = status.summary?.findings || "-";
  return `${(status.state ?? "Pending").padEnd(20)} ${bar} ${String(percent).padStart(3)} %  ${rows} rows  ${findings}  ${seconds.toFixed(0)} s`;
}
