/** Owns how long a resolved definition may be: the operator and `openreg lint` refuse a longer one in the same words. */

/** As many characters as a ReportVersion can hold, and as many bytes as fit into the plan of a run, which quotes the text. */
const longest = { characters: 900_000, quotedBytes: 1_000_000 };

/** Why the text of a definition cannot be kept, or undefined when it can. */
export function lengthProblem(text: string): string | undefined {
  const quotedBytes = new TextEncoder().encode(JSON.stringify(text)).length;
  if (text.length <= longest.characters && quotedBytes <= longest.quotedBytes) return undefined;
  const advice = "keep large tables in ConfigMaps, or make two Reports of it";
  return `the definition is too long to be kept (${text.length} characters): ${advice}`;
}
