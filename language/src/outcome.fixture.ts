/** For tests: what an expression gives for one row, in words, so that tables of cases read as sentences. */
import type { Column } from "./column-type.ts";
import { LanguageError } from "./errors.ts";
import { compileRowProgram, type RowProgram, type RowProgramSpec } from "./row-program.ts";
import type { RunParameter } from "./scope.ts";

/** A column of each type, required and not. */
export const COLUMNS: readonly Column[] = [
  { name: "text", type: "String", required: true },
  { name: "note", type: "String" },
  { name: "count", type: "Integer", required: true },
  { name: "rank", type: "Integer" },
  { name: "price", type: "Decimal(18,2)", required: true },
  { name: "rate", type: "Decimal(18,5)" },
  { name: "huge", type: "Decimal(38,10)", required: true },
  { name: "small", type: "Decimal(6,2)", required: true },
  { name: "flag", type: "Boolean", required: true },
  { name: "maybe", type: "Boolean" },
  { name: "day", type: "Date", required: true },
  { name: "settled", type: "Date" },
  { name: "at", type: "Timestamp(6)", required: true },
  { name: "seen", type: "Timestamp(3)" },
  { name: "flags", type: "String[]", required: true },
  { name: "tags", type: "String[]" },
  { name: "numbers", type: "Integer[]", required: true },
  { name: "amounts", type: "Decimal(10,2)[]", required: true },
  { name: "days", type: "Date[]", required: true },
];

const ROW = {
  text: "hello",
  note: null,
  count: "7",
  rank: null,
  price: "12.50",
  rate: null,
  huge: "1234567890123456789012345678.0123456789",
  small: "1.25",
  flag: "t",
  maybe: null,
  day: "2026-03-31",
  settled: null,
  at: "2026-03-31 23:59:59.5+00",
  seen: null,
  flags: '{A,"b c"}',
  tags: null,
  numbers: "{1,2,3}",
  amounts: "{1.5,-2}",
  days: "{2026-01-01,2026-03-31}",
} as const;

/** Texts of some of the columns; the others have fixed ones, null where they may. */
export type Cells = Partial<Record<keyof typeof ROW, string | null>>;

export const PARAMETERS: readonly RunParameter[] = [
  { name: "lei", type: "String" },
  { name: "limit", type: "Decimal(10,2)" },
  { name: "missing", type: "Integer", optional: true },
];

export const RUN: RowProgramSpec["run"] = {
  businessDate: "2026-04-01",
  previousBusinessDate: "2026-03-31",
  periodStart: "2026-03-31T22:00:00Z",
  periodEnd: "2026-04-01T22:00:00Z",
  createdAt: "2026-04-01T18:00:00.123Z",
  mode: "Test",
  report: "daily",
  series: "daily-series",
  parameters: { lei: "529900T8BM49AURSDO55", limit: "100" },
};

/** The whole row as texts. */
export function rowOf(cells: Cells = {}): readonly (string | null)[] {
  const row: Record<string, string | null> = { ...ROW, ...cells };
  return COLUMNS.map(({ name }) => row[name] ?? null);
}

/** Compiles with the columns above. */
export function compile(spec: Partial<RowProgramSpec>): RowProgram {
  return compileRowProgram({
    columns: COLUMNS,
    fields: [],
    rules: [],
    outputs: [],
    runParameters: PARAMETERS,
    run: RUN,
    ...spec,
  });
}

/** The text of the value, `null`, `undecided: reason`, or `Code line:column message (hint)` when it does not compile. */
export function resultOf(value: string, cells: Cells = {}): string {
  return inWords(() => {
    const program = compile({ outputs: [{ name: "file", columns: [{ value }] }] });
    if (program.evaluate(rowOf(cells)) < 0) return `refused: ${program.badReason}`;
    const texts = program.render(0);
    return texts ? (texts[0] ?? "null") : `undecided: ${program.renderError?.reason}`;
  });
}

/** `pass`, `violated`, `undecided (null|error): reason`, or the diagnostic as above. */
export function verdictOf(assert: string, cells: Cells = {}): string {
  return inWords(() => {
    const program = compile({ rules: [{ id: "rule", assert }] });
    program.evaluate(rowOf(cells));
    const words = ["pass", "violated", "undecided (null): ", "undecided (error): "];
    return `${words[program.verdicts[0] ?? 0]}${program.undecidedReason(0)}`;
  });
}

function inWords(evaluate: () => string): string {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    const first = error.diagnostics[0];
    if (!first) return `${error.code}: ${error.message}`;
    return `${first.code} ${first.line}:${first.column} ${first.message}${first.hint ? ` (${first.hint})` : ""}`;
  }
}
