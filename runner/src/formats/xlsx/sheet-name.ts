/** Owns the names of sheets: which are allowed, and how a sheet that continues another is called. */

const maxLength = 31;

/** Why a workbook cannot have sheets of these names, or undefined. */
export function sheetNamesProblem(names: readonly string[]): string | undefined {
  if (names.length === 0) return "a workbook needs a sheet";
  const seen = new Set<string>();
  for (const name of names) {
    const problem = nameProblem(name) ?? (seen.has(name.toLowerCase()) ? "another sheet has that name" : undefined);
    if (problem !== undefined) return `the sheet name ${JSON.stringify(name)} is not allowed: ${problem}`;
    seen.add(name.toLowerCase());
  }
  return undefined;
}

function nameProblem(name: string): string | undefined {
  if (name.trim() === "") return "it is empty";
  if (name.length > maxLength) return `it has ${name.length} characters, and ${maxLength} is the most`;
  if (/[\][*?:/\\]/.test(name)) return "it holds one of [ ] * ? : / \\";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\ufffe\uffff]/.test(name) || !name.isWellFormed()) return "it holds a control character";
  if (name.startsWith("'") || name.endsWith("'")) return "it begins or ends with an apostrophe";
  if (name.toLowerCase() === "history") return "spreadsheets keep it for themselves";
  if (/ \([0-9]+\)$/.test(name)) return "a number in parentheses is kept for sheets that continue another";
  return undefined;
}

/** The names of all sheets of a workbook: `counts` says how many each named one became. They are unique. */
export function sheetNames(names: readonly string[], counts: readonly number[]): readonly (readonly string[])[] {
  const used = new Set(names.map((name) => name.toLowerCase()));
  return names.map((name, index) => {
    const own = [name];
    for (let number = 2; number <= (counts[index] ?? 1); number += 1) own.push(continuedName(name, number, used));
    return own;
  });
}

/** `Trades (2)`, shortened where it is too long, and shortened more where another long name came to the same. */
function continuedName(name: string, number: number, used: Set<string>): string {
  const suffix = ` (${number})`;
  for (let length = Math.min(name.length, maxLength - suffix.length); ; length -= 1) {
    const shortened = name.slice(0, length);
    const candidate = (shortened.isWellFormed() ? shortened : shortened.slice(0, -1)) + suffix;
    if (used.has(candidate.toLowerCase())) continue;
    used.add(candidate.toLowerCase());
    return candidate;
  }
}
