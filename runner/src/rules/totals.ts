/** Owns the totals of a run while rows pass, and whether they agree in the end: exact, whatever the number of rows. */
import type { Definition } from "@openreg/crds";
import { compileRowProgram, type RunValues } from "@openreg/language";
import { type Finding, newFinding, type Rule } from "../rows/finding.ts";
import type { LaneAmount } from "../rows/lane.ts";
import { runParametersOf } from "../run-parameters.ts";
import { type DecimalNumber, decimalOf, decimalTextOf, difference, isFurtherThan } from "./decimal-text.ts";

class RunningTotal {
  #units = 0n;
  #scale = 0;
  undecided: string | undefined;

  /** Adds a number; all numbers of a total have the same digits behind the point. */
  add(text: string): void {
    const point = text.indexOf(".");
    if (point < 0) {
      this.#units += BigInt(text);
      return;
    }
    this.#scale = text.length - point - 1;
    this.#units += BigInt(text.slice(0, point) + text.slice(point + 1));
  }

  get total(): DecimalNumber {
    return { units: this.#units, scale: this.#scale };
  }
}

interface RuleTotals {
  readonly left: RunningTotal;
  readonly right: RunningTotal;
}

/** The totals of all rules, over all inputs. */
export class Totals {
  readonly #rules: ReadonlyMap<number, RuleTotals>;
  readonly #definition: Definition;
  readonly #values: RunValues;

  constructor(definition: Definition, values: RunValues) {
    this.#definition = definition;
    this.#values = values;
    const indexes = [...definition.rules.keys()].filter((index) => definition.rules[index]?.totals);
    this.#rules = new Map(indexes.map((index) => [index, { left: new RunningTotal(), right: new RunningTotal() }]));
  }

  /** Adds what a row adds. */
  add({ rule, side }: LaneAmount, text: string): void {
    this.#rules.get(rule)?.[side].add(text);
  }

  /** Notes that a row's share cannot be told: then the rule has no answer. */
  addUndecided({ rule, side }: LaneAmount, reason: string): void {
    const total = this.#rules.get(rule)?.[side];
    if (total) total.undecided ??= reason;
  }

  /** Findings of the rules whose totals differ by more than they may, or cannot be told. Called when all rows have passed. */
  findings(): readonly Finding[] {
    return [...this.#rules].flatMap(([index, totals]) => {
      const rule = this.#definition.rules[index];
      return rule?.totals ? this.#judge(rule, rule.totals, totals) : [];
    });
  }

  #judge(rule: Rule, { value, tolerance }: NonNullable<Rule["totals"]>, { left, right }: RuleTotals): Finding[] {
    const expected = value === undefined ? { total: right.total, undecided: right.undecided } : this.#valueOf(value);
    const undecided = left.undecided ?? expected.undecided;
    const apart = difference(left.total, expected.total);
    if (undecided === undefined && !isFurtherThan(apart, decimalOf(tolerance?.absolute ?? "0"))) return [];
    const columns = {
      left: decimalTextOf(left.total),
      right: decimalTextOf(expected.total),
      difference: decimalTextOf(apart),
    };
    return [newFinding(rule, { recordKey: {}, columns: undecided === undefined ? columns : {}, undecided })];
  }

  /** The number that a total must be. */
  #valueOf(value: string): { readonly total: DecimalNumber; readonly undecided?: string | undefined } {
    const nothing = { units: 0n, scale: 0 };
    const program = compileRowProgram({
      ...{ columns: [], fields: [], rules: [], outputs: [{ name: "value", columns: [{ value }] }] },
      ...{ runParameters: runParametersOf(this.#definition), run: this.#values },
    });
    program.evaluate([]);
    const texts = program.render(0);
    if (!texts) return { total: nothing, undecided: program.renderError?.reason ?? "its value cannot be computed" };
    const [text = null] = texts;
    return text === null ? { total: nothing, undecided: "its value is null" } : { total: decimalOf(text) };
  }
}
