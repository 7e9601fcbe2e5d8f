/** Owns the marks between which a Markdown page is generated; what people write around them stays. */

const begin = "<!-- generated:begin -->";
const end = "<!-- generated:end -->";

/** A page's heading, for a page that does not exist yet, and its generated part. */
export interface GeneratedPart {
  readonly title: string;
  readonly generated: string;
}

/** Puts a generated part into a page. Throws an Error when the page has lost its marks. */
export function withGenerated(page: string | undefined, part: GeneratedPart): string {
  const block = `${begin}\n${part.generated.trim()}\n${end}`;
  if (page === undefined) return `# ${part.title}\n\n${block}\n`;
  const from = page.indexOf(begin);
  const until = page.indexOf(end);
  if (from < 0 || until < from) {
    throw new Error(`the page '${part.title}' needs the lines ${begin} and ${end}: the reference stands between them`);
  }
  return page.slice(0, from) + block + page.slice(until + end.length);
}

/** Writes a Markdown table. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

function cellText(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** Writes a text as code that stays code inside a table. */
export function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}
