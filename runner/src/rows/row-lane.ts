/** Owns the lane on the main thread: the one generated program of a Report, and what its verdicts mean for a row. */
import type { Definition } from "@openreg/crds";
import {
  checkRow,
  compileRowProgram,
  LanguageError,
  PASS,
  type RowProgram,
  type RowSource,
  type RunValues,
  UNDECIDED_NULL,
} from "@openreg/language";
import type { Piece, Row } from "../connectors/connector.ts";
import { causedBy, StepError } from "../errors.ts";
import type { SectionSource } from "../formats/format.ts";
import { sectionsOf } from "../formats/registry.ts";
import { runParametersOf } from "../run-parameters.ts";
import { type Exception, type Finding, masked, type Rule } from "./finding.ts";
import type { Lane, PieceResult } from "./lane.ts";
import { refuseUnavailable } from "./refuse-unavailable.ts";

/** Of a column that could not be checked; such a definition does not compile. */
const unknownType = { kind: "invalid" } as const;

type Column = NonNullable<Definition["inputs"][number]["columns"]>[number];

/** What the lane is made from. */
export interface LaneSource {
  readonly definition: Definition;
  /** The columns of the input in the order of the rows; all String when the definition declares none. */
  readonly columns: readonly Column[];
  readonly values: RunValues;
}

/** The columns of undeclared input: every one is text. */
export function textColumns(names: readonly string[]): readonly Column[] {
  return names.map((name) => ({ name, type: "String", required: false, personal: false }));
}

/** Compiles the program. Throws StepError `PlanInvalid` when the definition has an error that only shows with these columns. */
export function newRowLane(source: LaneSource): Lane {
  const { definition } = source;
  refuseUnavailable(definition);
  const sections = definition.outputs.flatMap((output, index) => outputSections(output, index, source));
  // one more output that nobody sees: the columns that findings show, computed fields among them
  const shown = [...new Set([...definition.record.key, ...definition.rules.flatMap(({ columns }) => columns)])];
  const display = { name: "(findings)", columns: shown.map((name) => ({ header: name, value: `row.${name}` })) };
  const spec: RowSource = {
    columns: source.columns,
    fields: definition.fields.map(({ name, value = "" }) => ({ name, value })),
    rules: definition.rules.map(({ id, assert = "" }) => ({ id, assert })),
    outputs: [...sections, display],
    runParameters: runParametersOf(definition),
  };
  const program = compiled(() => compileRowProgram({ ...spec, run: source.values }));
  const types = compiled(() => checkRow(spec)).outputs;
  const typed = sections.map(({ output, columns }, index) => ({
    output,
    columns: columns.map(({ header }, column) => ({ header, type: types[index]?.[column]?.node.type ?? unknownType })),
  }));
  const work = new RowWork({ source, program, sections, shown });
  return {
    columns: definition.outputs.map((_, index) =>
      typed.filter(({ output }) => output === index).map(({ columns }) => columns),
    ),
    run: async (piece, firstRow) => work.run(piece, firstRow),
  };
}

/** A section of an output: the lane computes the records of each on their own. */
interface LaneSection {
  /** Index of the output. */
  readonly output: number;
  readonly name: string;
  readonly columns: NonNullable<SectionSource["columns"]>;
}

type Output = Definition["outputs"][number];

function outputSections(output: Output, index: number, { definition, columns }: LaneSource): LaneSection[] {
  const all = [...columns, ...definition.fields].map(({ name }) => ({ header: name, value: `row.${name}` }));
  return sectionsOf(output).map((section) => ({ output: index, name: output.name, columns: section.columns ?? all }));
}

function compiled<T>(compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "PlanInvalid", `the definition cannot be compiled: ${cause.message}`);
  }
}

interface RowWorkParts {
  readonly source: LaneSource;
  readonly program: RowProgram;
  readonly sections: readonly LaneSection[];
  readonly shown: readonly string[];
}

class RowWork {
  readonly #source: LaneSource;
  readonly #program: RowProgram;
  readonly #sections: readonly LaneSection[];
  readonly #shown: readonly string[];
  readonly #personal: ReadonlySet<string>;

  constructor({ source, program, sections, shown }: RowWorkParts) {
    this.#source = source;
    this.#program = program;
    this.#sections = sections;
    this.#shown = shown;
    this.#personal = new Set(source.columns.filter(({ personal }) => personal).map(({ name }) => name));
  }

  run(piece: Piece, firstRow: number): PieceResult {
    const findings: Finding[] = [];
    const exceptions: Exception[] = [];
    const sections = this.#sections.map(() => ({ records: [] as Row[], sourceRows: [] as number[] }));
    let refused: StepError | undefined;
    for (const [index, row] of piece.entries()) {
      const number = firstRow + index;
      const failed = this.#program.evaluate(row);
      if (failed < 0) throw this.#badValue(row, number);
      const found = failed === 0 ? [] : this.#findings(number);
      findings.push(...found);
      if (found.some(({ severity }) => severity === "Correctable"))
        exceptions.push({ row: number, values: row, findings: found });
      else refused ??= this.#render(sections, number);
    }
    const outputs = this.#source.definition.outputs.map((_, output) =>
      sections.filter((__, index) => this.#sections[index]?.output === output),
    );
    return { findings, exceptions, outputs, refused };
  }

  #render(sections: readonly { records: Row[]; sourceRows: number[] }[], number: number): StepError | undefined {
    for (const [index, section] of sections.entries()) {
      const texts = this.#program.render(index);
      if (!texts) return this.#badOutput(index, number);
      section.records.push([...texts]); // the program reuses its array
      section.sourceRows.push(number);
    }
    return undefined;
  }

  #findings(number: number): Finding[] {
    const { rules, record } = this.#source.definition;
    const texts = this.#program.render(this.#sections.length);
    const shown = new Map(this.#shown.map((name, index) => [name, this.#visible(name, texts?.[index] ?? null)]));
    const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, shown.get(name) ?? null]));
    return rules.flatMap((rule, index) => {
      const verdict = this.#program.verdicts[index] ?? PASS;
      if (verdict === PASS) return [];
      const undecided = verdict >= UNDECIDED_NULL ? this.#program.undecidedReason(index) : undefined;
      return [newFinding(rule, number, { recordKey: pick(record.key), columns: pick(rule.columns), undecided })];
    });
  }

  #visible(name: string, text: string | null): string | null {
    return text !== null && this.#personal.has(name) ? masked : text;
  }

  #badValue(row: Row, number: number): StepError {
    const index = this.#program.badColumn;
    const column = this.#source.columns[index];
    const name = column?.name ?? "";
    const value = row[index] ?? null;
    const shown = value === null ? "null" : JSON.stringify(this.#visible(name, value.slice(0, 100)));
    const { input } = this.#source.definition.record;
    const message = `input ${input}, row ${number}, column ${name}: ${shown} is not a ${column?.required ? "required " : ""}${column?.type} (${this.#program.badReason})`;
    return new StepError("SourceValueInvalid", message);
  }

  #badOutput(index: number, number: number): StepError {
    const { name, columns = [] } = this.#sections[index] ?? {};
    const { column, reason } = this.#program.renderError ?? { column: -1, reason: "unknown" };
    const message = `output ${name}, column ${columns[column]?.header ?? ""}, source row ${number}: ${reason}`;
    return new StepError("OutputValueInvalid", message, { step: "GeneratingArtifacts" });
  }
}

type FindingParts = Pick<Finding, "recordKey" | "columns"> & { readonly undecided: string | undefined };

function newFinding(rule: Rule, row: number, { recordKey, columns, undecided }: FindingParts): Finding {
  return {
    rule: rule.id,
    severity: rule.severity,
    row,
    recordKey,
    columns,
    message: rule.message,
    ...(rule.reference && { reference: rule.reference }),
    ...(undecided !== undefined && { undecided }),
  };
}
