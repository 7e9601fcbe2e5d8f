/** Owns named parameters in SQL: finds `:name` outside of strings, quoted names, comments and casts, and numbers them. */

/** A query as a database takes it. */
export interface BoundQuery {
  /** The query with `$1`, `$2` … in place of the names. */
  readonly text: string;
  /** The name behind each number; a name that occurs twice has one number. */
  readonly names: readonly string[];
  /** Where each named parameter stands in the source: UTF-16 offsets, `end` exclusive. */
  readonly places: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  /** Offset of the first statement separator that text follows, or -1: only one statement is allowed. */
  readonly secondStatementAt: number;
  /** Whether ORDER BY occurs outside of strings, comments and parentheses. */
  readonly ordered: boolean;
}

// What may hide a colon from us, in the order in which PostgreSQL reads it; the last alternatives are what we look for.
const tokenPattern = new RegExp(
  [
    String.raw`(?<line>--[^\n]*)`,
    String.raw`(?<escaped>[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$))`,
    `(?<text>'(?:[^']|'')*(?:'|$))`,
    `(?<quoted>"(?:[^"]|"")*(?:"|$))`,
    String.raw`(?<dollar>\$(?<tag>[A-Za-z_][A-Za-z0-9_]*)?\$)`,
    `(?<cast>::)`,
    `(?<assign>:=)`,
    `:(?<name>[A-Za-z_][A-Za-z0-9_]*)`,
    String.raw`(?<block>/\*)`,
    `(?<word>[A-Za-z_][A-Za-z0-9_$]*)`,
    `(?<mark>[();])`,
  ].join("|"),
  "g",
);

/** Replaces the named parameters of a query by numbers. Never throws: what does not close is passed on for the database to refuse. */
export function bindQuery(query: string): BoundQuery {
  const names: string[] = [];
  const places: { name: string; start: number; end: number }[] = [];
  let text = "";
  let copied = 0;
  for (const { groups, start, end } of tokensOf(query)) {
    if (groups.name === undefined) continue;
    const name = groups.name;
    if (!names.includes(name)) names.push(name);
    places.push({ name, start, end });
    text += `${query.slice(copied, start)}$${names.indexOf(name) + 1}`;
    copied = end;
  }
  text += query.slice(copied);
  return { text, names, places, secondStatementAt: secondStatementAt(query), ordered: isOrdered(query) };
}

interface Token {
  readonly groups: Readonly<Record<string, string | undefined>>;
  readonly start: number;
  readonly end: number;
}

function* tokensOf(query: string): Generator<Token> {
  const pattern = new RegExp(tokenPattern.source, "g");
  for (let match = pattern.exec(query); match; match = pattern.exec(query)) {
    const groups = match.groups ?? {};
    if (groups.block !== undefined) pattern.lastIndex = endOfComment(query, match.index);
    if (groups.dollar !== undefined) pattern.lastIndex = endOfDollarText(query, match.index, groups.dollar);
    yield { groups, start: match.index, end: pattern.lastIndex };
  }
}

/** Block comments nest in PostgreSQL. */
function endOfComment(query: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let match = marks.exec(query); match; match = marks.exec(query)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return query.length;
}

function endOfDollarText(query: string, start: number, mark: string): number {
  const close = query.indexOf(mark, start + mark.length);
  return close < 0 ? query.length : close + mark.length;
}

function secondStatementAt(query: string): number {
  for (const { groups, end } of tokensOf(query)) {
    if (groups.mark === ";" && hasCode(query.slice(end))) return end;
  }
  return -1;
}

function hasCode(text: string): boolean {
  const withoutComments = text.replace(/--[^\n]*/g, "").replace(/\/\*[\s\S]*?\*\//g, "");
  return /[^\s;]/.test(withoutComments);
}

function isOrdered(query: string): boolean {
  let depth = 0;
  let previous = "";
  for (const { groups } of tokensOf(query)) {
    if (groups.mark === "(") depth += 1;
    if (groups.mark === ")") depth -= 1;
    const word = groups.word?.toUpperCase();
    if (word === undefined) continue;
    if (depth === 0 && previous === "ORDER" && word === "BY") return true;
    previous = word;
  }
  return false;
}
