/** Owns the lane on the main thread: the one generated program of an input, and what its verdicts mean for a row. */
import {
  type CheckedRow,
  checkRow,
  compileRowProgram,
  FOUND,
  LanguageError,
  PASS,
  type RowProgram,
  UNDECIDED_NULL,
} from "@openreg/language";
import type { Piece, Row } from "../connectors/connector.ts";
import { causedBy, StepError } from "../errors.ts";
import type { OutputColumn } from "../formats/format.ts";
import { type Finder, type Finding, type FindingParts, masked, newFinding, type Rule } from "./finding.ts";
import type { Lane, LaneSection, PieceResult, RefusedRow, UndecidedAmount } from "./lane.ts";
import { type LaneColumn, type LaneSource, type LaneSpec, newLaneSpec } from "./lane-spec.ts";
import { type Personal, personalOf } from "./personal-names.ts";
import { refuseUnavailable } from "./refuse-unavailable.ts";
import { joinedKey } from "./unique-key.ts";

/** Of a column that could not be checked; such a definition does not compile. */
const unknownType = { kind: "invalid" } as const;

/** The columns of undeclared input: every one is text. */
export function textColumns(names: readonly string[]): readonly LaneColumn[] {
  return names.map((name) => ({ name, type: "String", required: false, personal: false }));
}

/** Compiles the program. Throws StepError `PlanInvalid` when the definition has an error that only shows with these columns. */
export function newRowLane(source: LaneSource): Lane {
  refuseUnavailable(source.definition);
  const spec = newLaneSpec(source);
  const program = compiled(() => compileRowProgram(spec.program));
  const checked = compiled(() => checkRow(spec.program));
  const personal = personalOf({ ...source, checked, lookups: spec.program.lookups ?? [] });
  const work = new RowWork(source, { spec, program, personal });
  return {
    sections: sectionsOf(spec, checked),
    personal: personal.names,
    unique: spec.unique.map(({ rule }) => rule),
    amounts: spec.amounts.map(({ rule, side }) => ({ rule, side })),
    run: async (piece, firstRow) => work.run(piece, firstRow),
    shown: (rule, row, number) => work.shown(rule, row, number),
  };
}

function sectionsOf({ sections }: LaneSpec, { outputs: types }: CheckedRow): readonly LaneSection[] {
  return sections.map(({ output, section, columns }, index) => ({
    output,
    section,
    columns: columns.map(
      ({ header }, column): OutputColumn => ({ header, type: types[index]?.[column]?.node.type ?? unknownType }),
    ),
  }));
}

function compiled<T>(compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "PlanInvalid", `the definition cannot be compiled: ${cause.message}`);
  }
}

/** What a piece comes to while it is worked on. */
interface Growing {
  readonly findings: Finding[];
  readonly keys: (string | null)[][];
  readonly amounts: (string | null)[][];
  readonly undecidedAmounts: UndecidedAmount[];
  readonly sections: { readonly records: Row[]; readonly sourceRows: number[] }[];
  readonly refused: RefusedRow[];
}

interface LaneParts {
  readonly spec: LaneSpec;
  readonly program: RowProgram;
  readonly personal: Personal;
}

class RowWork {
  readonly #source: LaneSource;
  readonly #spec: LaneSpec;
  readonly #program: RowProgram;
  readonly #personal: Personal;
  readonly #isOther: boolean;

  constructor(source: LaneSource, { spec, program, personal }: LaneParts) {
    this.#source = source;
    this.#spec = spec;
    this.#program = program;
    this.#personal = personal;
    this.#isOther = source.input !== source.definition.record.input;
  }

  run(piece: Piece, firstRow: number): PieceResult {
    const { unique, amounts, sections } = this.#spec;
    const result: Growing = {
      findings: [],
      keys: unique.map(() => []),
      amounts: amounts.map(() => []),
      undecidedAmounts: [],
      sections: sections.map(() => ({ records: [], sourceRows: [] })),
      refused: [],
    };
    for (let index = 0; index < piece.length; index++) this.#row(piece[index] as Row, firstRow + index, result);
    return result;
  }

  /** What findings of a rule show of a row that was worked on before. */
  shown(rule: Rule, row: Row, number: number): FindingParts {
    this.#evaluate(row, number);
    return this.#parts(rule.columns, number);
  }

  #row(row: Row, number: number, result: Growing): void {
    const failed = this.#evaluate(row, number);
    let isTaken = false;
    const add = (finding: Finding): void => {
      result.findings.push(finding);
      isTaken ||= finding.severity === "Correctable";
    };
    if (this.#spec.lookups.length > 0) for (const finding of this.#missed(number)) add(finding);
    if (failed > 0) for (const finding of this.#violations(number)) add(finding);
    for (let index = 0; index < this.#spec.unique.length; index++) {
      const { rule, output } = this.#spec.unique[index] as LaneSpec["unique"][number];
      const texts = this.#program.render(output);
      result.keys[index]?.push(texts ? joinedKey(texts) : null);
      if (!texts) add(this.#undecided(rule, number));
    }
    if (this.#spec.amounts.length > 0) this.#amounts(number, result);
    if (!isTaken) this.#render(number, result);
  }

  /** Decodes and judges a row. Throws StepError for a value that does not fit, or a lookup that must not miss. */
  #evaluate(row: Row, number: number): number {
    const { lookups } = this.#spec;
    let failed: number;
    try {
      failed = this.#program.evaluate(row);
    } catch (error) {
      // with onMissing Fail, expressions take it that there is a value
      this.#refuseMissing(number);
      throw error;
    }
    if (failed < 0) throw this.#badValue(row, number);
    if (lookups.length > 0) this.#refuseMissing(number);
    return failed;
  }

  #refuseMissing(number: number): void {
    for (const [index, { onMissing, field, table }] of this.#spec.lookups.entries()) {
      if (onMissing !== "Fail" || this.#program.missing[index] === FOUND) continue;
      const keys = Object.entries(this.#lookupKeys(index)).map(([name, text]) => `${name} ${text ?? "null"}`);
      const reason = this.#program.missingReason(index);
      const why = reason === "" ? `${table} has nothing for ${keys.join(", ")}` : `its key has no value: ${reason}`;
      throw new StepError("LookupNotFound", `input ${this.#source.input}, row ${number}, field ${field}: ${why}`);
    }
  }

  /** Findings of lookups that found nothing. */
  #missed(number: number): Finding[] {
    return this.#spec.lookups.flatMap(({ finding, onMissing, field, table }, index) => {
      if (onMissing !== "Finding" || this.#program.missing[index] === FOUND) return [];
      const message = `${table} has nothing for field ${field}`;
      const by: Finder = finding ?? { id: field, severity: "Warning", message };
      const undecided = this.#program.missingReason(index) || undefined;
      return [newFinding(by, { ...this.#parts([], number), columns: this.#lookupKeys(index), undecided })];
    });
  }

  #lookupKeys(index: number): Record<string, string | null> {
    const { keys = [], output = -1 } = this.#spec.lookups[index] ?? {};
    const texts = this.#program.render(output);
    const isHidden = (at: number): boolean => this.#personal.keys[index]?.[at] ?? true;
    return Object.fromEntries(
      keys.map((name, at) => {
        const text = texts?.[at] ?? null;
        return [name, text !== null && isHidden(at) ? masked : text];
      }),
    );
  }

  #violations(number: number): Finding[] {
    return this.#spec.rules.flatMap((rule, index) => {
      const verdict = this.#program.verdicts[index] ?? PASS;
      if (verdict === PASS) return [];
      const undecided = verdict >= UNDECIDED_NULL ? this.#program.undecidedReason(index) : undefined;
      return [newFinding(rule, { ...this.#parts(rule.columns, number), undecided })];
    });
  }

  #undecided(rule: Rule, number: number): Finding {
    const undecided = this.#program.renderError?.reason ?? "unknown";
    return newFinding(rule, { ...this.#parts(rule.columns, number), undecided });
  }

  #amounts(number: number, result: Growing): void {
    for (const [index, { output, counts }] of this.#spec.amounts.entries()) {
      const texts = this.#program.render(output);
      const isUndecided = !texts || texts[0] === null;
      if (isUndecided) {
        const reason = this.#program.renderError?.reason ?? "its where is null";
        result.undecidedAmounts.push({ amount: index, row: number, reason });
      }
      const share = counts ? "1" : (texts?.[1] ?? null);
      result.amounts[index]?.push(texts?.[0] === "true" ? share : null);
    }
  }

  #render(number: number, result: Growing): void {
    for (let index = 0; index < result.sections.length; index++) {
      const texts = this.#program.render(index);
      if (!texts) {
        result.refused.push({ row: number, error: this.#badOutput(index, number) });
        return;
      }
      const section = result.sections[index];
      section?.records.push([...texts]); // the program reuses its array
      section?.sourceRows.push(number);
    }
  }

  #parts(columns: readonly string[], number: number): FindingParts {
    const { shown, key } = this.#spec;
    const texts = this.#program.render(shown.output);
    const text = (name: string): string | null => this.#visible(name, texts?.[shown.names.indexOf(name)] ?? null);
    const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, text(name)]));
    return {
      ...(this.#isOther && { input: this.#source.input }),
      row: number,
      recordKey: pick(key),
      columns: pick(columns),
    };
  }

  #visible(name: string, text: string | null): string | null {
    return text !== null && this.#personal.names.has(name) ? masked : text;
  }

  #badValue(row: Row, number: number): StepError {
    const { badColumn, badReason } = this.#program;
    const column = this.#source.columns[badColumn];
    const name = column?.name ?? "";
    const value = row[badColumn] ?? null;
    const shown = value === null ? "null" : JSON.stringify(this.#visible(name, value.slice(0, 100)));
    const what = `${column?.required ? "required " : ""}${column?.type}`;
    const message = `input ${this.#source.input}, row ${number}, column ${name}: ${shown} is not a ${what} (${badReason})`;
    return new StepError("SourceValueInvalid", message);
  }

  #badOutput(index: number, number: number): StepError {
    const { name, columns = [] } = this.#spec.sections[index] ?? {};
    const { column, reason } = this.#program.renderError ?? { column: -1, reason: "unknown" };
    const message = `output ${name}, column ${columns[column]?.header ?? ""}, source row ${number}: ${reason}`;
    return new StepError("OutputValueInvalid", message, { step: "GeneratingArtifacts" });
  }
}
