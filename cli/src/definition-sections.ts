/** Owns the parts of a definition that are compared, each list by what names its items. */
import type { Definition } from "@openreg/crds/types";
import type { Section } from "./comparison.ts";

/** The parts of a definition. */
export function definitionSections(definition: Definition): readonly Section[] {
  const { report, series, timeZone, record, store, keepSourceSnapshot, run, contract } = definition;
  const { parameters, connectors, inputs, mappingSets, fields, rules, ruleSets } = definition;
  const { limits = [], overrides, outputs, destinations, deliverTo, parts } = definition;
  const settings = { report, series, timeZone, record, store, keepSourceSnapshot, run, contract };
  return [
    { name: "SETTINGS", parts: new Map(Object.entries(settings)) },
    by("PARAMETERS", parameters, ({ name }) => name),
    by("CONNECTORS", connectors, ({ name }) => name),
    by("INPUTS", inputs, ({ name }) => name),
    by("MAPPING SETS", mappingSets, ({ name }) => name),
    by("FIELDS", fields, ({ name }) => name),
    by("RULES", rules, ({ id }) => id),
    by("RULE SETS", ruleSets, ({ name }) => name),
    by("LIMITS", limits, ({ severity, rule }) => (rule === undefined ? `severity ${severity}` : `rule ${rule}`)),
    by("OVERRIDES", overrides, ({ rule }) => rule),
    by("OUTPUTS", outputs, ({ name }) => name),
    by("DESTINATIONS", destinations, ({ name }) => name),
    by("DELIVERIES", deliverTo, ({ destination }) => destination),
    by("TEXTS", parts, ({ name }) => name),
  ];
}

/** Items of one name (a rule with two overrides) are told apart by a number. */
function by<T>(name: string, items: readonly T[] | undefined, nameOf: (item: T) => string): Section {
  const parts = new Map<string, unknown>();
  for (const item of items ?? []) {
    const own = nameOf(item);
    const same = [...parts.keys()].filter((one) => one === own || one.startsWith(`${own} #`)).length;
    parts.set(same === 0 ? own : `${own} #${same + 1}`, item);
  }
  return { name, parts };
}
