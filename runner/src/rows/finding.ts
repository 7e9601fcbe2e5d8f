/** Owns what a finding is, how findings are counted, and how they are kept. */
import type { Definition } from "@openreg/crds";
import type { Row } from "../connectors/connector.ts";

/** A rule of a definition. */
export type Rule = Definition["rules"][number];

/** What a finding is about: a rule, or a lookup that found nothing. */
export type Finder = Pick<Rule, "id" | "severity" | "message" | "reference" | "phase">;

/** One row that does not meet one rule. Values of personal columns are masked. */
export interface Finding {
  readonly rule: string;
  readonly severity: Rule["severity"];
  /** The input, when it is not that of the record. */
  readonly input?: string;
  /** Set for rules about what goes out. */
  readonly phase?: Rule["phase"];
  /** Number of the row in the source's answer, from 1; not there for a rule about all rows together. */
  readonly row?: number;
  /** For a rule `unique`: the first row with the same values. */
  readonly sameAsRow?: number;
  readonly recordKey: Readonly<Record<string, string | null>>;
  readonly columns: Readonly<Record<string, string | null>>;
  readonly message: string;
  readonly reference?: Rule["reference"];
  /** Why the rule has no answer, when null or an error kept it from one. */
  readonly undecided?: string;
}

/** What differs from finding to finding of a rule. */
export type FindingParts = Pick<Finding, "recordKey" | "columns"> &
  Partial<Pick<Finding, "row" | "input" | "sameAsRow">> & { readonly undecided?: string | undefined };

/** Makes a finding, its members in a fixed order. */
export function newFinding(
  by: Finder,
  { input, row, sameAsRow, recordKey, columns, undecided }: FindingParts,
): Finding {
  return {
    rule: by.id,
    severity: by.severity,
    ...(input !== undefined && { input }),
    ...(by.phase && { phase: by.phase }),
    ...(row !== undefined && { row }),
    ...(sameAsRow !== undefined && { sameAsRow }),
    recordKey,
    columns,
    message: by.message,
    ...(by.reference && { reference: by.reference }),
    ...(undecided !== undefined && { undecided }),
  };
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

/** Counts findings as they come, those of one row one after the other. */
export class FindingCounter {
  readonly #severities = { Warning: 0, Blocking: 0, Correctable: 0 };
  readonly #rowsOf = { Warning: new RowCounter(), Blocking: new RowCounter(), Correctable: new RowCounter() };
  readonly #rules = new Map<string, { id: string; count: number; firstRows: number[] }>();
  #undecided = 0;

  add(finding: Finding): void {
    this.#severities[finding.severity] += 1;
    this.#rowsOf[finding.severity].add(finding);
    if (finding.undecided !== undefined) this.#undecided += 1;
    const rule = this.#rules.get(finding.rule) ?? { id: finding.rule, count: 0, firstRows: [] };
    rule.count += 1;
    if (finding.row !== undefined && rule.firstRows.length < rowsShown) rule.firstRows.push(finding.row);
    this.#rules.set(finding.rule, rule);
  }

  /** Whether a rule of severity Blocking was violated. */
  get hasBlocking(): boolean {
    return this.#severities.Blocking > 0;
  }

  /** How many rows have findings of a rule. */
  ofRule(id: string): number {
    return this.#rules.get(id)?.count ?? 0;
  }

  /** How many rows have findings of a severity; one with several counts once. */
  ofSeverity(severity: Rule["severity"]): number {
    return this.#rowsOf[severity].count;
  }

  /** Of each of some rules that has findings: how many, and its first rows. */
  listed(isListed: (id: string) => boolean): readonly { id: string; count: number; firstRows: readonly number[] }[] {
    return this.#sorted().filter(({ id }) => isListed(id));
  }

  /** The counts so far; rules with most findings first. */
  counts(): FindingCounts {
    const { Warning: warning, Blocking: blocking, Correctable: correctable } = this.#severities;
    const top = this.#sorted().slice(0, rulesShown);
    const byRule = top.map((one) => ({ ...one, firstRows: [...one.firstRows] }));
    return { warning, blocking, correctable, undecided: this.#undecided, byRule };
  }

  #sorted() {
    return [...this.#rules.values()].sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
  }
}

/** Counts rows, when all findings of a row come one after the other. */
class RowCounter {
  #last: string | undefined;
  count = 0;

  add({ input = "", row }: Finding): void {
    const place = row === undefined ? undefined : `${row} ${input}`;
    if (place !== undefined && place === this.#last) return;
    this.#last = place;
    this.count += 1;
  }
}

/** A row that Correctable rules took out, whole, so that it can be corrected. */
export interface Exception {
  /** The input, when it is not that of the record. */
  readonly input?: string;
  readonly row: number;
  readonly values: Row;
  readonly findings: readonly Finding[];
}
