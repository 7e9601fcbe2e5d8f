/** Owns the results of the bench as they are kept: JSON with one line per measure, to which a later run of some parts adds. */

import type { Facts } from "./machine-facts.ts";
import { type Measure, type Verdict, verdictOf } from "./measure.ts";

/** Names of the sections; each has its place in docs/performance.md. */
export type SectionName = "data-path" | "cluster" | "scale";

/** A measure with the part that made it. */
export interface PartMeasure extends Measure {
  readonly part: string;
}

/** What was measured together. */
export interface Section {
  readonly name: SectionName;
  readonly measures: readonly PartMeasure[];
  /** What was measured with, beyond the machine: versions, digests. */
  readonly facts: Facts;
}

/** One run of the bench, or several runs of some parts each. */
export interface Results {
  readonly facts: Facts;
  readonly sections: readonly Section[];
}

/** What should be read before a number is believed, and what does not pass. */
export function remarksOf({ measures }: Section): readonly string[] {
  const remarks: Readonly<Record<Verdict, string | undefined>> = {
    ...{ Pass: undefined, None: undefined, Fail: "is not what it must be" },
    Repeat: "its rounds lie too far apart to say; run it again on a quiet machine",
  };
  return measures.flatMap((measure) => {
    const remark = remarks[verdictOf(measure)];
    return remark === undefined ? [] : [`${measure.part}: ${measure.name}: ${remark}`];
  });
}

/** JSON in which each measure stands on a line of its own. */
export function jsonOf({ facts, sections }: Results): string {
  const lines = sections.flatMap(({ name: section, measures }) =>
    measures.map((measure) => JSON.stringify({ section, verdict: verdictOf(measure), ...measure }, rounded)),
  );
  const known = Object.fromEntries(sections.map((section) => [section.name, section.facts]));
  return `{\n"facts": ${JSON.stringify(facts)},\n"sections": ${JSON.stringify(known)},\n"measures": [\n${lines.join(",\n")}\n]\n}\n`;
}

/** More digits would only look exact. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

type MeasureLine = PartMeasure & { readonly section: SectionName; readonly verdict: Verdict };

/** Reads what `jsonOf` wrote. */
export function resultsOf(text: string): Results {
  const { facts, sections, measures } = JSON.parse(text) as {
    readonly facts: Facts;
    readonly sections: Readonly<Record<SectionName, Facts>>;
    readonly measures: readonly MeasureLine[];
  };
  const names = Object.keys(sections) as SectionName[];
  return {
    facts,
    sections: names.map((name) => ({
      name,
      facts: sections[name],
      measures: measures.filter(({ section }) => section === name).map(({ section, verdict, ...measure }) => measure),
    })),
  };
}

/** The results of two runs: of a part that both measured, the later counts. Facts that differ are all there. */
export function merged(earlier: Results, later: Results, order: readonly string[]): Results {
  const names = [...new Set([...earlier.sections, ...later.sections].map(({ name }) => name))];
  const of = ({ sections }: Results, name: SectionName) => sections.find((one) => one.name === name);
  return {
    facts: mergedFacts(earlier.facts, later.facts),
    sections: names.map((name) => {
      const [before, after] = [of(earlier, name), of(later, name)];
      const fresh = new Set(after?.measures.map(({ part }) => part));
      const kept = before?.measures.filter(({ part }) => !fresh.has(part)) ?? [];
      return {
        name,
        facts: mergedFacts(before?.facts ?? {}, after?.facts ?? {}),
        measures: [...kept, ...(after?.measures ?? [])].sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part)),
      };
    }),
  };
}

function mergedFacts(earlier: Facts, later: Facts): Facts {
  const names = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  const valuesOf = (name: string) => [earlier[name], later[name]].flatMap((value) => value?.split("; ") ?? []);
  return Object.fromEntries([...names].map((name) => [name, [...new Set(valuesOf(name))].join("; ")]));
}
