/** Finds operators and parentheses in the source text, which the parser's tree does not keep. */
import type { Span } from "./diagnostic.ts";

/** The place of the operator between two operands; parentheses and comments may stand there too. */
export function operatorSpan(text: string, operator: string, left: Span, right: Span): Span {
  for (let at = left.end; at < right.start; at++) {
    if (text.startsWith("//", at) && operator !== "/") at = endOfLine(text, at);
    else if (text.startsWith(operator, at)) return { start: at, end: at + operator.length };
  }
  return { start: left.end, end: right.start };
}

interface Operand extends Span {
  readonly op: string;
}

const EQUALITY = new Set(["==", "!="]);
const ORDER = new Set(["<", "<=", ">", ">=", "in"]);

/** Whether `a == b < c` stands there without parentheses: this parser reads it otherwise than the CEL specification. */
export function isMixedComparison(
  text: string,
  { operator, left, right }: { readonly operator: string; readonly left: Operand; readonly right: Operand },
): boolean {
  if (!EQUALITY.has(operator)) return false;
  const place = operatorSpan(text, operator, left, right);
  const before = countParentheses(text, { start: left.end, end: place.start });
  const after = countParentheses(text, { start: place.end, end: right.start });
  const leftOpen = countParentheses(text, left).unclosed;
  const rightOpen = countParentheses(text, right).unopened;
  return (ORDER.has(left.op) && before.unopened <= leftOpen) || (ORDER.has(right.op) && after.unclosed <= rightOpen);
}

/** Parentheses in a part of the text that have no partner there, strings and comments left out. */
function countParentheses(text: string, span: Span): { unclosed: number; unopened: number } {
  let unclosed = 0;
  let unopened = 0;
  for (let at = span.start; at < span.end; at = afterToken(text, at)) {
    if (text[at] === "(") unclosed++;
    else if (text[at] === ")" && unclosed > 0) unclosed--;
    else if (text[at] === ")") unopened++;
  }
  return { unclosed, unopened };
}

/** The offset behind the string, comment or single character that begins at `at`. */
export function afterToken(text: string, at: number): number {
  const quote = text[at];
  if (text.startsWith("//", at)) return endOfLine(text, at) + 1;
  if (quote !== '"' && quote !== "'") return at + 1;
  const delimiter = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  let end = at + delimiter.length;
  while (end < text.length && !text.startsWith(delimiter, end)) end += text[end] === "\\" ? 2 : 1;
  return end + delimiter.length;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}
