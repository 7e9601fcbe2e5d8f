/** Owns what a finding is, how findings are counted, and how they are kept. */
import type { Definition } from "@openreg/crds";
import type { Row } from "../connectors/connector.ts";

/** A rule of a definition. */
export type Rule = Definition["rules"][number];

/** One row that does not meet one rule. Values of personal columns are masked. */
export interface Finding {
  readonly rule: string;
  readonly severity: Rule["severity"];
  /** Number of the row in the source's answer, from 1. */
  readonly row: number;
  readonly recordKey: Readonly<Record<string, string | null>>;
  readonly columns: Readonly<Record<string, string | null>>;
  readonly message: string;
  readonly reference?: Rule["reference"];
  /** Why the rule has no answer, when null or an error kept it from one. */
  readonly undecided?: string;
}

/** Counts as status shows them. */
export interface FindingCounts {
  warning: number;
  blocking: number;
  correctable: number;
  undecided: number;
  byRule: { id: string; count: number; firstRows: number[] }[];
}

/** A value of a personal column, as findings and messages show it. */
export const masked = "(personal)";

const rulesShown = 10;
const rowsShown = 3;

/** Counts findings as they come. */
export class FindingCounter {
  readonly #severities = { Warning: 0, Blocking: 0, Correctable: 0 };
  readonly #rules = new Map<string, { id: string; count: number; firstRows: number[] }>();
  #undecided = 0;

  add(finding: Finding): void {
    this.#severities[finding.severity] += 1;
    if (finding.undecided !== undefined) this.#undecided += 1;
    const rule = this.#rules.get(finding.rule) ?? { id: finding.rule, count: 0, firstRows: [] };
    rule.count += 1;
    if (rule.firstRows.length < rowsShown) rule.firstRows.push(finding.row);
    this.#rules.set(finding.rule, rule);
  }

  /** Whether a rule of severity Blocking was violated. */
  get hasBlocking(): boolean {
    return this.#severities.Blocking > 0;
  }

  /** The counts so far; rules with most findings first. */
  counts(): FindingCounts {
    const byRule = [...this.#rules.values()].sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
    const { Warning: warning, Blocking: blocking, Correctable: correctable } = this.#severities;
    const top = byRule.slice(0, rulesShown).map((one) => ({ ...one, firstRows: [...one.firstRows] }));
    return { warning, blocking, correctable, undecided: this.#undecided, byRule: top };
  }
}

/** A row that Correctable rules took out, whole, so that it can be corrected. */
export interface Exception {
  readonly row: number;
  readonly values: Row;
  readonly findings: readonly Finding[];
}
