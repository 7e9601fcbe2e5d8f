/** Compiles all expressions over the rows of a Report into one generated program. */
import { type CellReason, cellReason } from "./cell-reason.ts";
import type { Column } from "./column-type.ts";
import { newProgram } from "./emit.ts";
import { LanguageError, refuseErrors } from "./errors.ts";
import { type Find, type LookupSource, NO_KEY, newFinder } from "./lookup.ts";
import { checkRow, type RowSource } from "./row-check.ts";
import { MAX_OUTPUT_COLUMNS, type RowCode, writeRow } from "./row-code.ts";
import { decodeRun, type PartValues, type RunValues } from "./run-values.ts";
import { CALLABLE } from "./runtime/library.ts";
import { RUN_NAMES } from "./scope.ts";
import type { Site } from "./site.ts";
import type { Constant } from "./typed.ts";

/** All expressions over the rows, and the values of the run. */
export interface RowProgramSpec extends RowSource {
  readonly run: RunValues;
  readonly lookups?: readonly Lookup[] | undefined;
}

/** A lookup with what finds its matches. */
export interface Lookup extends LookupSource {
  readonly find: Find;
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
  /** One result per lookup of the row: FOUND, NOT_FOUND, NO_KEY; all NO_KEY when the row was refused. */
  readonly missing: Uint8Array;
  /** Why a lookup has no key; empty for all others. */
  missingReason(lookupIndex: number): string;
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
  const { code, program, constants } = written(spec);
  const lookups = spec.lookups ?? [];
  const results: Results = {
    verdicts: new Uint8Array(spec.rules.length),
    reasons: new Int32Array(spec.rules.length),
    missing: new Uint8Array(lookups.length),
    missingReasons: new Int32Array(lookups.length),
    sites: program.sites,
  };
  const run = decodeRun(spec.run, spec.runParameters ?? []);
  const generated = generate(code, { constants, run, results, functions: program.functions });
  return newRowProgram(spec.columns, generated, results);
}

/** The program as people read it: the text that is compiled, each large constant beside its name. Throws as compileRowProgram does. */
export function rowProgramText(spec: RowProgramSpec): string {
  const { code, program, constants } = written(spec);
  const parts = { constants, functions: program.functions, run: RUN_NAMES.length + (spec.runParameters?.length ?? 0) };
  return programLines(code, parts, (value) => ` // ${constantText(value)}`).join("\n");
}

function written(spec: RowProgramSpec) {
  refuseSpec(spec);
  const checked = checkRow(spec);
  refuseErrors(checked.diagnostics);
  const constants: unknown[] = [];
  const program = newProgram(constants);
  const finders = (spec.lookups ?? []).map((lookup) => program.pool.add(newFinder(lookup, lookup.find)));
  return { code: writeRow({ source: spec, checked, finders }, program), program, constants };
}

function constantText(value: unknown): string {
  if (typeof value === "function") return "finds the match of a lookup";
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Set || value instanceof Map) return constantText([...value.keys()]);
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}n` : one)) ?? String(value);
}

/** What a row leaves behind: generated code fills the arrays. */
interface Results {
  readonly verdicts: Uint8Array;
  readonly reasons: Int32Array;
  readonly missing: Uint8Array;
  readonly missingReasons: Int32Array;
  readonly sites: readonly Site[];
}

interface Tables {
  readonly constants: readonly unknown[];
  readonly run: readonly Constant[];
  readonly results: Results;
  readonly functions: readonly string[];
}

/** Only names made here, literals by JSON.stringify and numbers stand in the text; all other values come as arguments. */
function generate(code: RowCode, { constants, run, results, functions }: Tables): Generated {
  const { verdicts, reasons, missing, missingReasons, sites } = results;
  const kinds = Uint8Array.from(sites, ({ kind }) => (kind === "Null" ? UNDECIDED_NULL : UNDECIDED_ERROR));
  const lines = programLines(code, { constants, run: run.length, functions });
  const make = new Function(...CALLABLE.keys(), "K", "R", "V", "S", "G", "M", "N", lines.join("\n"));
  return make(...CALLABLE.values(), constants, run, verdicts, reasons, kinds, missing, missingReasons) as Generated;
}

interface ProgramParts {
  readonly constants: readonly unknown[];
  /** How many values of the run there are. */
  readonly run: number;
  readonly functions: readonly string[];
}

function programLines(
  code: RowCode,
  { constants, run, functions }: ProgramParts,
  remark: (value: unknown) => string = () => "",
): string[] {
  return [
    '"use strict";let Q=0;',
    ...constants.map((value, index) => `const k${index}=K[${index}];${remark(value)}`),
    ...Array.from({ length: run }, (_, index) => `const r${index}=R[${index}];`),
    "let H=[];",
    ...(code.texts.length > 0 ? [`let ${code.texts.join(",")};`] : []),
    ...functions,
    code.evaluate,
    ...code.renders,
    `return {evaluate,renders:[${code.renders.map((_, index) => `render${index}`).join(",")}]};`,
  ];
}

function newRowProgram(
  columns: readonly Column[],
  { evaluate, renders }: Generated,
  { verdicts, reasons, missing, missingReasons, sites }: Results,
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
    missing,
    missingReason(lookupIndex) {
      if (badColumn >= 0) return refused();
      return missing[lookupIndex] === NO_KEY ? (sites[missingReasons[lookupIndex] ?? 0]?.sentence ?? "") : "";
    },
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
      missing.fill(NO_KEY);
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

/** Refuses two columns, fields or lookups of one name, and outputs that are too wide. */
function refuseSpec({ columns, fields, lookups = [], outputs }: RowSource): void {
  const names = new Set<string>();
  for (const { name } of [...columns, ...fields, ...lookups]) {
    if (names.has(name))
      throw new LanguageError(
        "DuplicateName",
        `'${name}' is there twice: give columns, fields and lookups different names`,
      );
    names.add(name);
  }
  const wide = outputs.find((output) => output.columns.length > MAX_OUTPUT_COLUMNS);
  if (wide)
    throw new LanguageError("TooManyColumns", `output '${wide.name}' has more than ${MAX_OUTPUT_COLUMNS} columns`);
}
