/** Words the parser library's complaints for people, with a hint where another language's habit shows. */
import type { Remark, Span } from "./diagnostic.ts";

const TOKENS = new Map([
  ["EOF", "the end"],
  ["NUMBER", "a number"],
  ["STRING", "a string"],
  ["BOOLEAN", "true or false"],
  ["NULL", "null"],
  ["IDENTIFIER", "a name"],
  ["PLUS", "'+'"],
  ["MINUS", "'-'"],
  ["MULTIPLY", "'*'"],
  ["DIVIDE", "'/'"],
  ["MODULO", "'%'"],
  ["EQ", "'=='"],
  ["NE", "'!='"],
  ["LT", "'<'"],
  ["LE", "'<='"],
  ["GT", "'>'"],
  ["GE", "'>='"],
  ["AND", "'&&'"],
  ["OR", "'||'"],
  ["NOT", "'!'"],
  ["IN", "'in'"],
  ["LPAREN", "'('"],
  ["RPAREN", "')'"],
  ["LBRACKET", "'['"],
  ["RBRACKET", "']'"],
  ["LBRACE", "'{'"],
  ["RBRACE", "'}'"],
  ["DOT", "'.'"],
  ["COMMA", "','"],
  ["COLON", "':'"],
  ["QUESTION", "'?'"],
  ["BYTES", "bytes"],
]);

/** How another language would have written it, and what to write here. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/^and\b/i, "write && for and"],
  [/^or\b/i, "write || for or"],
  [/^not\b/i, "write ! for not"],
  [/^is\b/i, "write == null or != null"],
  [/^(between|like)\b/i, "use >= and <=, or startsWith, endsWith, contains, matches"],
  [/^&/, "write && for and"],
  [/^\|/, "write || for or"],
  [/^=/, "write == to compare"],
  [/^>/, "write != for different"],
  [/^[{}]/, "write the expression without braces; they belong to file names"],
  [/^[\u2018\u2019\u201c\u201d]/, "use straight quotes: \" or '"],
];

interface LibraryError {
  readonly code: string;
  readonly summary: string;
  readonly span: Span;
  readonly text: string;
}

/** The remark for an error of the parser library. */
export function explainSyntaxError({ code, summary, span, text }: LibraryError): Remark {
  if (code === "limit_exceeded") {
    return {
      code: "TooComplex",
      message: "the expression is too large or nested too deeply",
      hint: "compute parts of it in fields",
    };
  }
  if (code === "invalid_macro_argument") {
    return { code: "Syntax", message: "a variable name must stand here", hint: 'write ["A", "B"].exists(x, x == ...)' };
  }
  const rest = text.slice(span.start);
  const hint = HABITS.find(([pattern]) => pattern.test(rest))?.[1];
  return { code: "Syntax", message: wording(code, summary, rest), hint };
}

function wording(code: string, summary: string, rest: string): string {
  const expected = /^Expected ([A-Z]+), got ([A-Z]+)$/.exec(summary);
  if (expected) return `expected ${nameOf(expected[1])}, found ${nameOf(expected[2])}`;
  const unexpected = /^Unexpected token: ([A-Z]+)$/.exec(summary);
  if (unexpected?.[1] === "EOF") return "the expression ends too early";
  if (unexpected) return `${nameOf(unexpected[1])} cannot stand here`;
  if (code === "unexpected_character") return `'${/^\w+|^./su.exec(rest)?.[0] ?? ""}' cannot stand here`;
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}

function nameOf(token: string | undefined): string {
  return TOKENS.get(token ?? "") ?? "something else";
}
