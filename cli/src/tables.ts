/** Owns how a run is shown at a terminal: steps with the time spent, findings, artifacts, deliveries. */
import type { Execution } from "@openreg/crds/types";

/** What is shown of a run. */
export type ShownExecution = Pick<Execution, "steps" | "findings" | "artifacts" | "deliveries">;

/** The steps of the last attempt with the time spent in each. */
export function stepTable({ steps }: ShownExecution): string {
  return table(
    ["STEP", "TIME"],
    steps.map(({ name, startedAt, endedAt }) => [name, endedAt ? `${secondsBetween(startedAt, endedAt)} s` : "-"]),
  );
}

/** The findings of a run by rule, or an empty text. */
export function findingTable({ findings }: ShownExecution): string {
  if (!findings || findings.byRule.length === 0) return "";
  return table(
    ["RULE", "FINDINGS", "FIRST ROWS"],
    findings.byRule.map((one) => [one.id, String(one.count), one.firstRows.join(", ")]),
  );
}

/** The artifacts of a run. */
export function artifactTable({ artifacts = [] }: ShownExecution): string {
  return table(
    ["ARTIFACT", "RECORDS", "BYTES", "SHA256"],
    artifacts.map((one) => [one.fileName, String(one.records), String(one.sizeBytes), one.sha256]),
  );
}

/** The deliveries of a run with their receipts, or an empty text. */
export function deliveryTable({ deliveries = [] }: ShownExecution): string {
  if (deliveries.length === 0) return "";
  return table(
    ["DESTINATION", "STATE", "LOCATION", "VERIFIED"],
    deliveries.map(({ destination, state, receipt, lastError }) => [
      ...[destination, state, receipt?.location ?? "-"],
      receipt ? `${receipt.verifiedBy} ${receipt.sha256?.slice(0, 12) ?? ""}` : (lastError ?? "-"),
    ]),
  );
}

/** All tables of a run, those with content, one below the other. */
export function tablesOf(execution: ShownExecution): string {
  return [stepTable, findingTable, artifactTable, deliveryTable]
    .map((one) => one(execution))
    .filter((text) => text !== "")
    .join("\n\n");
}

function secondsBetween(from: string, to: string): string {
  const milliseconds = Temporal.Instant.from(to).epochMilliseconds - Temporal.Instant.from(from).epochMilliseconds;
  return (milliseconds / 1000).toFixed(1);
}

/** Cells below their titles, columns as wide as their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map((row) => `  ${line(row)}`).join("\n");
}

/** A number with its noun, as in `1 error` and `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
