/** Owns how results are shown: a table for people, and the numbers of docs/performance.md. */
import type { Facts } from "./machine-facts.ts";
import { type Gate, type Measure, type Verdict, verdictOf } from "./measure.ts";
import type { Results, Section } from "./results.ts";

/** The table with every round. */
export function tableOf({ name, measures }: Section): string {
  const width = Math.max(...measures.map((one) => one.name.length));
  const lines = measures.map(
    (one) =>
      `${one.name.padEnd(width)}  ${times(one).padStart(8)}  ${limitText(one.gate).padStart(8)}  ` +
      `spread ${percent(one.spread).padStart(4)}  ${verdicts[verdictOf(one)].padEnd(6)}  ` +
      `${rounds(one.reference)} -> ${rounds(one.candidate)} ${one.unit}  (${one.information})`,
  );
  return [name, ...lines.map((line) => `  ${line}`)].join("\n");
}

const verdicts: Readonly<Record<Verdict, string>> = { Pass: "pass", Fail: "FAIL", Repeat: "REPEAT", None: "" };

/** Facts, one a line. */
export function factsText(facts: Facts): string {
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join("\n");
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
  const rows = section.measures.map(
    (one) =>
      `| ${one.name.replaceAll("|", "\\|")} | ${times(one)} | ${limitText(one.gate)} | ${percent(one.spread)} | ${verdicts[verdictOf(one)]} |`,
  );
  const known = Object.entries({ ...facts, ...section.facts }).map(([name, value]) => `${name} ${value}`);
  const head = ["| measure | ratio | must be | spread | verdict |", "|---|---|---|---|---|"];
  return [...head, ...rows, "", `Measured with: ${known.join(" · ")}.`].join("\n");
}

function limitText(gate: Gate | undefined): string {
  const signs = { AtLeast: "≥", AtMost: "≤", Below: "<" } as const;
  return gate ? `${signs[gate.side]} ${gate.limit}` : "";
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
