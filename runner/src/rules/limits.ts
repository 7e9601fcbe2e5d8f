/** Owns when many findings become blocking: more than a limit says, never exactly as many. Pure. */
import type { Definition } from "@openreg/crds";
import { decimalOf } from "./decimal-text.ts";

type Limit = NonNullable<Definition["limits"]>[number];

/** Rows with findings, and all rows of the record's input. */
export interface RowsWithFindings {
  readonly fetched: number;
  ofRule(id: string): number;
  ofSeverity(severity: "Warning" | "Correctable"): number;
}

/** The limits that are exceeded, each as a sentence. */
export function exceededLimits(limits: readonly Limit[], rows: RowsWithFindings): readonly string[] {
  return limits.flatMap(({ rule, severity, above: { count, percent } }) => {
    const found = rule !== undefined ? rows.ofRule(rule) : severity ? rows.ofSeverity(severity) : 0;
    const what = rule !== undefined ? `rule ${rule}` : `severity ${severity}`;
    if (count !== undefined && found > count)
      return [`${found} rows with findings of ${what} are above the limit of ${count}`];
    if (percent !== undefined && isAbovePercent(found, percent, rows.fetched))
      return [`${found} of ${rows.fetched} rows with findings of ${what} are above the limit of ${percent} %`];
    return [];
  });
}

/** found / fetched > percent / 100, without a division. */
function isAbovePercent(found: number, percent: string, fetched: number): boolean {
  const { units, scale } = decimalOf(percent);
  return BigInt(found) * 100n * 10n ** BigInt(scale) > units * BigInt(fetched);
}
