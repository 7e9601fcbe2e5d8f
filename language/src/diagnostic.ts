/** What the checker says about an expression: where, what and what to do, as values and as text. */

/** Closed list of what can be wrong; stable, for programs to branch on. */
export type DiagnosticCode =
  | "ArgumentCount"
  | "BadConstant"
  | "BadFormat"
  | "BadPattern"
  | "BadTemplate"
  | "DecimalDivision"
  | "LiteralNeeded"
  | "MayBeNull"
  | "MissingRow"
  | "MixedComparison"
  | "NeverNull"
  | "NotAvailableYet"
  | "NotSupported"
  | "Syntax"
  | "TooComplex"
  | "TooLong"
  | "TooManyDigits"
  | "TypeClash"
  | "UnknownColumn"
  | "UnknownField"
  | "UnknownFunction"
  | "UnknownMethod"
  | "UnknownName";

/** One remark; `line` and `column` count from 1, `start` and `end` are UTF-16 offsets into `source`. */
export interface Diagnostic {
  readonly path: string;
  readonly code: DiagnosticCode;
  readonly severity: "Error" | "Warning";
  readonly line: number;
  readonly column: number;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
  readonly source: string;
}

/** A place in a source: UTF-16 offsets, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a remark says, before it gets its place. */
export interface Remark {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Collects the remarks about one source; the same remark at the same place is kept once. */
export interface Reporter {
  readonly diagnostics: readonly Diagnostic[];
  readonly source: string;
  /** Offset of the expression in the source (templates hold several). */
  readonly offset: number;
  error(span: Span, remark: Remark): void;
  warn(span: Span, remark: Remark): void;
}

/** Line and column, both from 1, of an offset. */
export function positionOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

/** A reporter for the source found at `path` of a definition; spans given to it start at `offset`. */
export function newReporter(path: string, source: string, offset = 0, diagnostics: Diagnostic[] = []): Reporter {
  const add = (severity: Diagnostic["severity"], span: Span, remark: Remark): void => {
    const start = Math.min(span.start + offset, source.length);
    const end = Math.max(start, Math.min(span.end + offset, source.length));
    const { code, message, hint } = remark;
    if (
      diagnostics.some(
        (known) => known.path === path && known.start === start && known.end === end && known.message === message,
      )
    )
      return;
    const { line, column } = positionOf(source, start);
    const base = { path, code, severity, line, column, start, end, message };
    diagnostics.push(hint === undefined ? { ...base, source } : { ...base, hint, source });
  };
  return {
    diagnostics,
    source,
    offset,
    error: (span, remark) => add("Error", span, remark),
    warn: (span, remark) => add("Warning", span, remark),
  };
}

const MAX_LINE = 160;

/** The remark as people read it: place, message and hint, then the source line with a caret below. */
export function formatDiagnostic(diagnostic: Omit<Diagnostic, "code">): string {
  const { path, line, column, message, hint, severity } = diagnostic;
  const text = `${severity === "Warning" ? "warning: " : ""}${message}${hint === undefined ? "" : ` (${hint})`}`;
  const sourceLine = diagnostic.source.split("\n")[line - 1] ?? "";
  const from = column > MAX_LINE - 20 ? column - MAX_LINE / 2 : 0;
  const shown = visible(sourceLine.slice(from, from + MAX_LINE));
  return `${visible(path)} ${line}:${column}: ${visible(text)}\n  ${shown}\n  ${" ".repeat(column - 1 - from)}^`;
}

/** The text with control and direction characters replaced, so that it cannot rewrite a terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\ufffd");
}
