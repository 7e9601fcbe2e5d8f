/** Owns the lane on the main thread: the one generated program of a Report, and what its verdicts mean for a row. */
import type { Definition } from "@openreg/crds";
import {
  type CheckedRow,
  checkRow,
  compileRowProgram,
  LanguageError,
  PASS,
  type RowProgram,
  type RowSource,
  type RunValues,
  readsOf,
  UNDECIDED_NULL,
} from "@openreg/language";
import type { Piece, Row } from "../connectors/connector.ts";
import { causedBy, StepError } from "../errors.ts";
import { type Renderer, ValueRefused } from "../formats/format.ts";
import { newRenderer } from "../formats/registry.ts";
import { runParametersOf } from "../run-parameters.ts";
import { type Exception, type Finding, masked, type Rule } from "./finding.ts";
import type { Lane, PieceResult } from "./lane.ts";

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
  const outputs = definition.outputs.map((output) => ({ name: output.name, columns: outputColumns(output, source) }));
  // one more output that nobody sees: the columns that findings show, computed fields among them
  const shown = [...new Set([...definition.record.key, ...definition.rules.flatMap(({ columns }) => columns)])];
  const display = { name: "(findings)", columns: shown.map((name) => ({ header: name, value: `row.${name}` })) };
  const spec: RowSource = {
    columns: source.columns,
    fields: definition.fields,
    rules: definition.rules,
    outputs: [...outputs, display],
    runParameters: runParametersOf(definition),
  };
  const program = compiled(() => compileRowProgram({ ...spec, run: source.values }));
  const checked = compiled(() => checkRow(spec));
  const renderers = definition.outputs.map((output, index) => {
    const columns = outputColumns(output, source).map(({ header }, column) => ({
      header,
      isText: checked.outputs[index]?.[column]?.node.type.kind === "string",
    }));
    return newRenderer(output, columns);
  });
  const work = new RowWork(source, { program, shown, renderers, personal: personalNames(source, checked) });
  return {
    begin: () => renderers.map((renderer) => renderer.begin()),
    run: async (piece, firstRow) => work.run(piece, firstRow),
    end: () => renderers.map((renderer) => renderer.end()),
  };
}

function outputColumns(output: Definition["outputs"][number], { definition, columns }: LaneSource) {
  const all = [...columns, ...definition.fields].map(({ name }) => ({ header: name, value: `row.${name}` }));
  return output.csv.columns ?? all;
}

function compiled<T>(compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "PlanInvalid", `the definition cannot be compiled: ${cause.message}`);
  }
}

/** Personal columns, and the fields that are computed from them. */
function personalNames({ columns, definition }: LaneSource, { fields }: CheckedRow): ReadonlySet<string> {
  const names = new Set(columns.filter(({ personal }) => personal).map(({ name }) => name));
  for (const [index, { name }] of definition.fields.entries()) {
    const node = fields[index]?.node;
    const read = (node ? readsOf(node) : []).map(({ from, index: at }) => {
      if (from === "column") return columns[at]?.name;
      return from === "field" ? definition.fields[at]?.name : undefined;
    });
    if (read.some((one) => one !== undefined && names.has(one))) names.add(name);
  }
  return names;
}

interface LaneParts {
  readonly program: RowProgram;
  /** Names of the columns that findings show. */
  readonly shown: readonly string[];
  readonly renderers: readonly Renderer[];
  /** Names of the columns whose values findings do not tell. */
  readonly personal: ReadonlySet<string>;
}

class RowWork {
  readonly #source: LaneSource;
  readonly #program: RowProgram;
  readonly #shown: readonly string[];
  readonly #renderers: readonly Renderer[];
  readonly #personal: ReadonlySet<string>;
  /** After a Blocking finding or a refused value nothing will be published. */
  #renders = true;

  constructor(source: LaneSource, { program, shown, renderers, personal }: LaneParts) {
    this.#source = source;
    this.#program = program;
    this.#shown = shown;
    this.#renderers = renderers;
    this.#personal = personal;
  }

  run(piece: Piece, firstRow: number): PieceResult {
    const findings: Finding[] = [];
    const exceptions: Exception[] = [];
    let refused: StepError | undefined;
    let records = 0;
    for (const [index, row] of piece.entries()) {
      const number = firstRow + index;
      const failed = this.#program.evaluate(row);
      if (failed < 0) throw this.#badValue(row, number);
      const found = failed === 0 ? [] : this.#findings(number);
      findings.push(...found);
      if (found.some(({ severity }) => severity === "Blocking")) this.#renders = false;
      if (found.some(({ severity }) => severity === "Correctable")) {
        exceptions.push({ row: number, values: row, findings: found });
      } else if (this.#renders) {
        refused = this.#render(number);
        this.#renders = refused === undefined;
        records += 1;
      }
    }
    return { findings, exceptions, refused, outputs: this.#renderers.map((one) => ({ bytes: one.take(), records })) };
  }

  #render(number: number): StepError | undefined {
    for (let index = 0; index < this.#renderers.length; index += 1) {
      const texts = this.#program.render(index);
      if (!texts) return this.#notComputed(index, number);
      try {
        this.#renderers[index]?.add(texts);
      } catch (error) {
        return this.#notWritten(index, number, error);
      }
    }
    return undefined;
  }

  #findings(number: number): Finding[] {
    const { rules, record, outputs } = this.#source.definition;
    const texts = this.#program.render(outputs.length);
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

  #notComputed(index: number, number: number): StepError {
    const output = this.#source.definition.outputs[index];
    const columns = output ? outputColumns(output, this.#source) : [];
    const { column, reason } = this.#program.renderError ?? { column: -1, reason: "unknown" };
    const message = `output ${output?.name}, column ${columns[column]?.header ?? ""}, source row ${number}: ${reason}`;
    return new StepError("OutputValueInvalid", message);
  }

  #notWritten(index: number, number: number, error: unknown): StepError {
    if (!(error instanceof ValueRefused)) throw error;
    const output = this.#source.definition.outputs[index];
    const message = `output ${output?.name}, column ${error.header}, source row ${number}: the value ${error.message}`;
    return causedBy(error, "OutputValueInvalid", message);
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
