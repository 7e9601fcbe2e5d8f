/** Compiles all expressions over the rows of a Report into one generated program. */
import { type CellReason, cellReason } from "./cell-reason.ts";
import { type Column, parseColumnType } from "./column-type.ts";
import type { Program } from "./emit.ts";
import { LanguageError, refuseErrors } from "./errors.ts";
import { checkRow, type RowSource } from "./row-check.ts";
import { MAX_OUTPUT_COLUMNS, type RowCode, writeRow } from "./row-code.ts";
import { decodeRun, type PartValues, type RunValues } from "./run-values.ts";
import { LIBRARY } from "./runtime/library.ts";
import type { Site } from "./site.ts";
import type { Constant } from "./typed.ts";

/** All expressions over the rows, and the values of the run. */
export interface RowProgramSpec extends RowSource {
  readonly run: RunValues;
}

/** Verdicts of a rule over a row. */
export const PASS = 0;
export const VIOLATED = 1;
export const UNDECIDED_NULL = 2;
export const UNDECIDED_ERROR = 3;

/** An output column whose value could not be computed. */
export interface RenderError {
  /** Index of the output's column; -1 when the row itself was refused. */
  readonly column: number;
  readonly reason: string;
}

/** A compiled program. What it returns is reused by the next call: read it before. */
export interface RowProgram {
  /** Decodes one row of texts (null is NULL) and judges it: how many rules did not pass, or -1 when a column does not fit. */
  evaluate(row: readonly (string | null)[]): number;
  /** Index of the first column that does not fit its type, or -1. */
  readonly badColumn: number;
  /** Why that column does not fit. */
  readonly badReason: CellReason | undefined;
  /** One verdict per rule: PASS, VIOLATED, UNDECIDED_NULL, UNDECIDED_ERROR. */
  readonly verdicts: Uint8Array;
  /** Why an undecided rule has no result, as in `price is null at 1:5`; empty for a decided one. */
  undecidedReason(ruleIndex: number): string;
  /** Texts of an output's columns for the row evaluated last (null is empty), or undefined: see `renderError`. */
  render(outputIndex: number, part?: PartValues): readonly (string | null)[] | undefined;
  /** What went wrong in the last `render`. */
  readonly renderError: RenderError | undefined;
}

interface Generated {
  readonly evaluate: (row: readonly (string | null)[]) => number;
  readonly renders: readonly ((number: number, records: number, sequence: string) => (string | null)[] | number)[];
}

const NO_PART: PartValues = { number: 1, records: 0, sequence: "" };

/** Compiles the program; throws a LanguageError for definitions with errors and for run values of the wrong type. */
export function compileRowProgram(spec: RowProgramSpec): RowProgram {
  refuseSpec(spec);
  const checked = checkRow(spec);
  refuseErrors(checked.diagnostics);
  const constants: unknown[] = [];
  const sites: Site[] = [{ kind: "Error", sentence: "" }];
  const program: Program = { pool: { add: (value) => `k${constants.push(value) - 1}` }, sites, temporaries: 0 };
  const code = writeRow(spec.columns, checked, program);
  const verdicts = new Uint8Array(spec.rules.length);
  const reasons = new Int32Array(spec.rules.length);
  const kinds = Uint8Array.from(sites, ({ kind }) => (kind === "Null" ? UNDECIDED_NULL : UNDECIDED_ERROR));
  const run = decodeRun(spec.run, spec.runParameters ?? []);
  const generated = generate(code, { constants, run, verdicts, reasons, kinds });
  return newRowProgram(spec.columns, generated, { verdicts, reasons, sites });
}

interface Tables {
  readonly constants: readonly unknown[];
  readonly run: readonly Constant[];
  readonly verdicts: Uint8Array;
  readonly reasons: Int32Array;
  readonly kinds: Uint8Array;
}

/** Only names made here, literals by JSON.stringify and numbers stand in the text; all other values come as arguments. */
function generate(code: RowCode, { constants, run, verdicts, reasons, kinds }: Tables): Generated {
  const lines = [
    '"use strict";',
    ...constants.map((_, index) => `const k${index}=K[${index}];`),
    ...run.map((_, index) => `const r${index}=R[${index}];`),
    ...code.shared.map((name) => `let ${name.toUpperCase()}=null;`),
    ...code.renders.map((_, index) => `const O${index}=[];`),
    code.evaluate,
    ...code.renders,
    `return {evaluate,renders:[${code.renders.map((_, index) => `render${index}`).join(",")}]};`,
  ];
  const make = new Function(...LIBRARY.keys(), "K", "R", "V", "S", "G", lines.join("\n"));
  return make(...LIBRARY.values(), constants, run, verdicts, reasons, kinds) as Generated;
}

function newRowProgram(
  columns: readonly Column[],
  { evaluate, renders }: Generated,
  { verdicts, reasons, sites }: { verdicts: Uint8Array; reasons: Int32Array; sites: readonly Site[] },
): RowProgram {
  let badColumn = -1;
  let badReason: CellReason | undefined;
  let renderError: RenderError | undefined;
  const refused = (): string => `column '${columns[badColumn]?.name ?? ""}' was refused: ${badReason}`;
  return {
    get badColumn() {
      return badColumn;
    },
    get badReason() {
      return badReason;
    },
    get renderError() {
      return renderError;
    },
    verdicts,
    evaluate(row) {
      const result = evaluate(row);
      if (result >= 0) {
        badColumn = -1;
        badReason = undefined;
        return result;
      }
      badColumn = -1 - result;
      badReason = cellReason(columns[badColumn] as Column, row[badColumn]);
      verdicts.fill(UNDECIDED_ERROR); // a row that cannot be read passes nothing
      return -1;
    },
    undecidedReason(ruleIndex) {
      if (badColumn >= 0) return refused();
      return (verdicts[ruleIndex] ?? PASS) < UNDECIDED_NULL ? "" : (sites[reasons[ruleIndex] ?? 0]?.sentence ?? "");
    },
    render(outputIndex, part = NO_PART) {
      renderError = badColumn >= 0 ? { column: -1, reason: refused() } : undefined;
      const write = renders[outputIndex];
      if (renderError || !write) return undefined;
      const result = write(part.number, part.records, part.sequence);
      if (typeof result !== "number") return result;
      const code = -1 - result;
      renderError = {
        column: code % MAX_OUTPUT_COLUMNS,
        reason: sites[Math.floor(code / MAX_OUTPUT_COLUMNS)]?.sentence ?? "",
      };
      return undefined;
    },
  };
}

/** Refuses two columns or fields of one name, list columns, and outputs that are too wide. */
function refuseSpec({ columns, fields, outputs }: RowSource): void {
  const names = new Set<string>();
  for (const { name } of [...columns, ...fields]) {
    if (names.has(name))
      throw new LanguageError("DuplicateName", `'${name}' is there twice: give columns and fields different names`);
    names.add(name);
  }
  const wide = outputs.find((output) => output.columns.length > MAX_OUTPUT_COLUMNS);
  if (wide)
    throw new LanguageError("TooManyColumns", `output '${wide.name}' has more than ${MAX_OUTPUT_COLUMNS} columns`);
  const list = columns.find(({ type }) => parseColumnType(type).list);
  if (list)
    throw new LanguageError(
      "NotAvailableYet",
      `column '${list.name}' is ${list.type}: list columns are not available yet`,
    );
}
