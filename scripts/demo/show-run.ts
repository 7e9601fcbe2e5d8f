/** Shows a run at a terminal: the states as they pass, then what was made and delivered. */
import type { Execution, ReportRunStatus } from "@openreg/crds/types";

/** What stands for the state of a run in one line: state, bar, rows, findings. */
export function progressLine(status: ReportRunStatus, seconds: number): string {
  const percent = status.state === "Completed" ? 100 : (status.execution?.progress?.percent ?? 0);
  const filled = Math.round(percent / 5);
  const bar = `[${"#".repeat(filled)}${".".repeat(20 - filled)}]`;
  const rows = status.execution?.rows?.fetched ?? 0;
  return `${(status.state ?? "Pending").padEnd(20)} ${bar} ${String(percent).padStart(3)} %  ${rows} rows  ${status.summary?.findings ?? "-"}  ${seconds.toFixed(0)} s`;
}

/** The steps of the last attempt with the time spent in each. */
export function stepTable(execution: Execution | undefined): string {
  const rows = (execution?.steps ?? []).map(({ name, startedAt, endedAt }) => [name, endedAt ? `${secondsBetween(startedAt, endedAt)} s` : "-"]);
  return table(["STEP", "TIME"], rows);
}

/** The artifacts of a run. */
export function artifactTable(execution: Execution | undefined): string {
  const rows = (execution?.artifacts ?? []).map((one) => [one.fileName, String(one.records), String(one.sizeBytes), one.sha256]);
  return table(["ARTIFACT", "RECORDS", "BYTES", "SHA256"], rows);
}

/** The deliveries of a run with their receipts. */
export function deliveryTable(execution: Execution | undefined): string {
  const rows = (execution?.deliveries ?? []).map((one) => [
    one.destination,
    one.state,
    one.receipt?.location ?? "-",
    one.receipt ? `${one.receipt.verifiedBy} ${one.receipt.sha256?.slice(0, 12) ?? ""}` : (one.lastError ?? "-"),
  ]);
  return table(["DESTINATION", "STATE", "LOCATION", "VERIFIED"], rows);
}

/** The findings of a run by rule. */
export function findingTable(execution: Execution | undefined): string {
  const rows = (execution?.findings?.byRule ?? []).map((one) => [one.id, String(one.count), one.firstRows.join(", ")]);
  return table(["RULE", "FINDINGS", "FIRST ROWS"], rows);
}

function secondsBetween(from: string, to: string): string {
  const milliseconds = Temporal.Instant.from(to).epochMilliseconds - Temporal.Instant.from(from).epochMilliseconds;
  return (milliseconds / 1000).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ").trimEnd();
  return [head, ...rows].map((row) => `  ${line(row)}`).join("\n");
}
