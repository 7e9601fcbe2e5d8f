/** Splits a template such as `MIFIR_{run.mode}_{run.businessDate:yyyyMMdd}.csv` into texts and expressions. */
import type { Reporter, Span } from "./diagnostic.ts";
import { afterToken } from "./operator-place.ts";

/** One piece: literal text, or an expression with the format behind its colon; spans are offsets in the template. */
export type TemplatePiece =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "expression";
      readonly text: string;
      readonly span: Span;
      readonly format: { readonly text: string; readonly span: Span } | undefined;
    };

/** Longest template, in UTF-16 units. */
const MAX_LENGTH = 4096;

/** Splits a template; undefined after reporting that its braces do not fit. */
export function splitTemplate(source: string, reporter: Reporter): readonly TemplatePiece[] | undefined {
  if (source.length > MAX_LENGTH) {
    reporter.error(
      { start: 0, end: 1 },
      { code: "TooLong", message: `the template is longer than ${MAX_LENGTH} characters` },
    );
    return undefined;
  }
  const pieces: TemplatePiece[] = [];
  let at = 0;
  while (at < source.length) {
    const brace = nextBrace(source, at);
    if (brace > at) pieces.push({ kind: "text", text: source.slice(at, brace) });
    if (brace === source.length) break;
    const end = source[brace] === "{" ? endOfExpression(source, brace + 1) : -1;
    const problem = problemOf(source, brace, end);
    if (problem) {
      reporter.error(problem.span, { code: "BadTemplate", message: problem.message, hint: problem.hint });
      return undefined;
    }
    pieces.push(expressionPiece(source, brace + 1, end));
    at = end + 1;
  }
  return pieces;
}

const BRACE_HINT = 'write {"{"} or {"}"} for the character itself';

function problemOf(
  source: string,
  brace: number,
  end: number,
): { span: Span; message: string; hint: string } | undefined {
  const span = { start: brace, end: brace + 1 };
  if (source[brace] === "}") return { span, message: "this '}' has no '{'", hint: BRACE_HINT };
  if (source[brace + 1] === "{")
    return { span, message: "'{{' means nothing here", hint: `one brace begins an expression; ${BRACE_HINT}` };
  if (brace > 0 && source[brace - 1] === "$")
    return {
      span: { start: brace - 1, end: brace + 1 },
      message: "'${' means nothing here",
      hint: "write {expression}",
    };
  return end < 0 ? { span, message: "this '{' is not closed", hint: BRACE_HINT } : undefined;
}

function nextBrace(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== "{" && source[at] !== "}") at++;
  return at;
}

/** The closing brace of the expression that begins at `from`; texts may hold braces. */
function endOfExpression(source: string, from: number): number {
  for (let at = from; at < source.length; at = afterToken(source, at)) {
    if (source[at] === "}") return at;
    if (source[at] === "{") return -1;
  }
  return -1;
}

function expressionPiece(source: string, start: number, end: number): TemplatePiece {
  const colon = formatColon(source, start, end);
  const span = { start, end: colon ?? end };
  const format =
    colon === undefined ? undefined : { text: source.slice(colon + 1, end), span: { start: colon + 1, end } };
  return { kind: "expression", text: source.slice(span.start, span.end), span, format };
}

/** The colon before the format: the first one that belongs to no `a ? b : c` and to no bracket. */
function formatColon(source: string, start: number, end: number): number | undefined {
  let depth = 0;
  let choices = 0;
  for (let at = start; at < end; at = afterToken(source, at)) {
    const sign = source[at] ?? "";
    if ("([".includes(sign)) depth++;
    else if (")]".includes(sign)) depth--;
    else if (depth === 0 && sign === "?") choices++;
    else if (depth === 0 && sign === ":" && choices-- === 0) return at;
  }
  return undefined;
}
