/** Owns how results are shown: a table for people, JSON with one line per measure, and the numbers of docs/performance.md. */
import type { Facts } from "./machine-facts.ts";
import { largestSpread, type Measure } from "./measure.ts";

/** What was measured together. */
export interface Section {
  /** Names the section on the command line and in the page. */
  readonly name: "data-path" | "cluster";
  readonly title: string;
  /** What a real deployment has and this did not, and the other way round. */
  readonly absences: string;
  readonly measures: readonly Measure[];
  /** What was measured with, beyond the machine: versions, data. */
  readonly facts: Facts;
}

/** One run of the bench. */
export interface Results {
  readonly facts: Facts;
  readonly sections: readonly Section[];
}

/** The table with every round. */
export function tableOf({ title, absences, measures }: Section): string {
  const width = Math.max(...measures.map(({ name }) => name.length));
  const lines = measures.map(
    (one) =>
      `${one.name.padEnd(width)}  ${times(one).padStart(8)}  spread ${percent(one.spread).padStart(4)}  ` +
      `${rounds(one.reference)} -> ${rounds(one.candidate)} ${one.unit}  (${one.information})`,
  );
  return [title, ...lines.map((line) => `  ${line}`), `  ${absences}`].join("\n");
}

/** What should be read before a number is believed. */
export function warningsOf({ measures }: Section): readonly string[] {
  return measures
    .filter(({ spread }) => spread > largestSpread)
    .map(({ name, spread }) => `${name}: the rounds spread by ${percent(spread)}; run it again on a quiet machine`);
}

/** Facts, one a line. */
export function factsText(facts: Facts): string {
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join("\n");
}

/** JSON in which each measure stands on a line of its own. */
export function jsonOf({ facts, sections }: Results): string {
  const all = Object.assign({}, facts, ...sections.map((section) => section.facts));
  const lines = sections.flatMap(({ name: section, measures }) =>
    measures.map((measure) => JSON.stringify({ section, ...measure }, rounded)),
  );
  return `{\n"facts": ${JSON.stringify(all)},\n"measures": [\n${lines.join(",\n")}\n]\n}\n`;
}

/** More digits would only look exact. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

/** The page with the numbers of these sections in place of older ones. Throws when it has no place for one. */
export function pageWith(page: string, { facts, sections }: Results): string {
  return sections.reduce((text, section) => {
    const [begin, end] = [`<!-- ${section.name}:begin -->`, `<!-- ${section.name}:end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the page has no place for ${section.name}: add ${begin} and ${end}`);
    return `${text.slice(0, from + begin.length)}\n${markdownOf(section, facts)}\n${text.slice(to)}`;
  }, page);
}

function markdownOf(section: Section, facts: Facts): string {
  const rows = section.measures.map((one) => `| ${one.name} | ${times(one)} | ${percent(one.spread)} |`);
  const known = Object.entries({ ...facts, ...section.facts }).map(([name, value]) => `${name} ${value}`);
  return ["| measure | ratio | spread |", "|---|---|---|", ...rows, "", `Measured with: ${known.join(" · ")}.`].join(
    "\n",
  );
}

function times({ ratio }: Measure): string {
  return `${ratio.toFixed(2)}x`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function rounds(values: readonly number[]): string {
  return `[${values.map((one) => (one < 100 ? one.toFixed(2) : one.toFixed(0))).join(" ")}]`;
}
