/** Owns the work on a piece: the one generated program of an input, and what its verdicts mean for a row. */
import { compileRowProgram, FOUND, PASS, type RowProgram, UNDECIDED_NULL } from "@openreg/language";
import type { Piece, Row } from "../connectors/connector.ts";
import { RowReader } from "../connectors/piece.ts";
import { StepError } from "../errors.ts";
import { ByteSink } from "../formats/byte-sink.ts";
import { type Finder, type Finding, type FindingParts, masked, newFinding, type Rule } from "./finding.ts";
import type { LaneSection, LaneWork, PieceResult, RefusedRow, SectionPart, UndecidedAmount } from "./lane.ts";
import { compiled, type LaneChecks } from "./lane-facts.ts";
import type { LaneSource, LaneSpec } from "./lane-spec.ts";
import type { Personal } from "./personal-names.ts";
import { newSectionWriters, type OutputColumns, type RecordWriter, type SectionWriter } from "./section-writers.ts";
import { SinkPool } from "./sink-pool.ts";
import { joinedKey } from "./unique-key.ts";

/** What a piece comes to while it is worked on. */
interface Growing {
  readonly findings: Finding[];
  readonly keys: (string | null)[][];
  readonly neighbours: string[] | undefined;
  readonly amounts: (string | null)[][];
  readonly undecidedAmounts: UndecidedAmount[];
  readonly writers: readonly RecordWriter[];
  readonly refused: RefusedRow[];
  left: number;
}

/** What is worked with. */
export interface WorkSource {
  readonly source: LaneSource;
  readonly checks: LaneChecks;
  /** Without them nothing is written. */
  readonly outputs: OutputColumns | undefined;
  /** True when other threads read the bytes of the sections. */
  readonly isShared: boolean;
}

/** Says how many records stand before those of the piece, which has so many. */
export type FindPlace = (records: number) => number;

/** Works on one piece after the other. */
export class RowWork {
  readonly #source: LaneSource;
  readonly #spec: LaneSpec;
  readonly #program: RowProgram;
  readonly #personal: Personal;
  readonly #isOther: boolean;
  readonly #writers: readonly SectionWriter[];
  readonly #isPlaced: boolean;
  readonly #sinks: SinkPool;
  /** Of each section the first one whose records have the same texts; they are computed once. */
  readonly #sameTexts: readonly number[];
  readonly #texts: (Row | undefined)[] = [];

  /** Compiles the program. Throws StepError `PlanInvalid`. */
  constructor({ source, checks, outputs, isShared }: WorkSource) {
    const { spec, personal, facts } = checks;
    const { definition, values, input } = source;
    this.#source = source;
    this.#spec = spec;
    this.#program = compiled(() => compileRowProgram(spec.program));
    this.#personal = personal;
    this.#isOther = input !== definition.record.input;
    const sections: readonly LaneSection[] = outputs ? facts.sections : [];
    this.#writers = newSectionWriters(sections, {
      ...{ definition, values, personal: personal.names, outputs: outputs ?? [], isShared },
    });
    this.#isPlaced = this.#writers.some(({ isPlaced }) => isPlaced);
    this.#sinks = new SinkPool(sections.length, isShared);
    const forms = spec.sections.map(({ columns }) =>
      JSON.stringify(columns.map(({ header: _, path: __, ...form }) => form)),
    );
    this.#sameTexts = forms.map((form) => forms.indexOf(form));
  }

  /** Judges the rows of a piece and writes the records of those that are left. */
  run({ piece, firstRow, writes }: LaneWork, placeOf: FindPlace): PieceResult {
    const { unique, amounts } = this.#spec;
    const { neighbours = [] } = this.#source;
    const sinks = this.#sinks.take();
    const result: Growing = {
      findings: [],
      keys: unique.map(() => []),
      neighbours: neighbours.length > 0 ? [] : undefined,
      amounts: amounts.map(() => []),
      undecidedAmounts: [],
      writers: writes ? this.#begin(sinks) : [],
      refused: [],
      left: 0,
    };
    try {
      this.#eachRow(piece, firstRow, (row, number) => this.#judge(row, number, result));
    } catch (error) {
      if (this.#isPlaced) placeOf(0); // nothing follows in this run, but others wait to hear it
      this.#sinks.give(sinks);
      throw error;
    }
    const { writers, ...found } = result;
    const first = this.#isPlaced ? placeOf(result.left) : 0;
    return { ...found, sections: writers.map((writer) => writer.end(first)), release: () => this.#sinks.give(sinks) };
  }

  /** Writes the records of a piece whose rows were judged, without some. */
  again({ piece, firstRow }: LaneWork, without: ReadonlySet<number>, first: number): PieceResult {
    const sinks = this.#sinks.take();
    const writers = this.#begin(sinks);
    const refused: RefusedRow[] = [];
    this.#eachRow(piece, firstRow, (row, number) => {
      if (without.has(number)) return;
      this.#evaluate(row, number);
      this.#write(number, writers, refused);
    });
    return {
      ...{ findings: [], keys: [], neighbours: undefined, amounts: [], undecidedAmounts: [], refused },
      ...{ left: piece.length - without.size, sections: writers.map((writer): SectionPart => writer.end(first)) },
      release: () => this.#sinks.give(sinks),
    };
  }

  #begin(sinks: readonly ByteSink[]): readonly RecordWriter[] {
    return this.#writers.map((writer, index) => writer.begin(sinks[index] ?? new ByteSink()));
  }

  #eachRow(piece: Piece, firstRow: number, act: (row: Row, number: number) => void): void {
    const reader = new RowReader(piece.bytes);
    for (let index = 0; index < piece.length; index += 1) {
      act(reader.next(), firstRow + index);
    }
  }

  /** What findings of a rule show of a row that was worked on before. */
  shown(rule: Rule, row: Row, number: number): FindingParts {
    this.#evaluate(row, number);
    return this.#parts(rule.columns, number);
  }

  #judge(row: Row, number: number, result: Growing): void {
    const failed = this.#evaluate(row, number);
    const before = result.findings.length;
    if (this.#spec.lookups.length > 0) result.findings.push(...this.#missed(number));
    if (failed > 0) result.findings.push(...this.#violations(number));
    for (let index = 0; index < this.#spec.unique.length; index++) {
      const { rule, output } = this.#spec.unique[index] as LaneSpec["unique"][number];
      const texts = this.#program.render(output);
      result.keys[index]?.push(texts ? joinedKey(texts) : null);
      if (!texts) result.findings.push(this.#undecided(rule, number));
    }
    result.neighbours?.push(joinedKey((this.#source.neighbours ?? []).map((at) => row[at] ?? null)) ?? "");
    if (this.#spec.amounts.length > 0) this.#amounts(number, result);
    if (result.findings.length > before && isTakenOut(result.findings, before)) return;
    result.left += 1;
    this.#write(number, result.writers, result.refused);
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

  #write(number: number, writers: readonly RecordWriter[], refused: RefusedRow[]): void {
    for (let index = 0; index < writers.length; index++) {
      const same = this.#sameTexts[index] ?? index;
      const texts = same === index ? this.#program.render(index) : this.#texts[same];
      this.#texts[index] = texts;
      if (!texts) {
        refused.push({ row: number, error: this.#badOutput(index, number) });
        return;
      }
      writers[index]?.add(texts, number);
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

/** Whether findings from a place on take the row out. */
function isTakenOut(findings: readonly Finding[], from: number): boolean {
  return findings.slice(from).some(({ severity }) => severity === "Correctable");
}
