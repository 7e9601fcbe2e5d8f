/**
 * Owns which expressions an XML record needs, in which order, and which of them only under a condition.
 * A lane computes them per row, each in its slot; the writer finds their texts there.
 */
import type { SectionColumn } from "../format.ts";
import { checkAttributeName, XmlDefinitionError } from "./element-path.ts";
import type { XmlSettings } from "./settings.ts";

/** An expression of a slot: `path` is its place in the settings, `only` the condition under which it is computed. */
export type SlotSource = SectionColumn & { readonly path: string };

/** The slots of an element; `when` is undefined where it has no condition. */
export interface ElementSlots {
  readonly when: number | undefined;
  readonly value: number;
  readonly isList: boolean;
  readonly attributes: readonly { readonly name: string; readonly slot: number }[];
}

/** The slots of a record: the number of its choice is in slot 0, `-1` when none holds; without conditions there is no such slot. */
export interface RecordSlots {
  readonly sources: readonly SlotSource[];
  readonly hasSelector: boolean;
  /** By choice, then by element. */
  readonly choices: readonly (readonly ElementSlots[])[];
}

type Choice = XmlSettings["choices"][number];
type Element = Choice["elements"][number];

/** The slots of the records of an output. Throws XmlDefinitionError for choices that are never taken and attributes that cannot be. */
export function planSlots({ choices, namespaces }: Pick<XmlSettings, "choices" | "namespaces">): RecordSlots {
  refuseUnreachable(choices);
  const prefixes = new Map(namespaces.map(({ prefix, uri }) => [prefix, uri]));
  const sources: SlotSource[] = [];
  const hasSelector = choices.some(({ when }) => when !== undefined);
  if (hasSelector) sources.push({ header: "choices", value: selectorOf(choices), path: "xml.choices" });
  const add = (source: SlotSource): number => sources.push(source) - 1;
  const planned = choices.map((choice, choiceIndex) =>
    choice.elements.map((element, index) => {
      const path = `xml.choices[${choiceIndex}].elements[${index}]`;
      const header = choice.at === undefined ? element.at : `${choice.at}/${element.at}`;
      const chosen = hasSelector ? { only: { slot: 0, is: String(choiceIndex) } } : {};
      return planElement(element, { path, header, chosen, add, prefixes });
    }),
  );
  return { sources, hasSelector, choices: planned };
}

interface ElementPlace {
  readonly path: string;
  readonly header: string;
  readonly chosen: Pick<SlotSource, "only">;
  readonly add: (source: SlotSource) => number;
  readonly prefixes: ReadonlyMap<string, string>;
}

function planElement(element: Element, { path, header, chosen, add, prefixes }: ElementPlace): ElementSlots {
  const { when: condition, value, each, attributes = [] } = element;
  const when =
    condition === undefined
      ? undefined
      : add({ header: `when of ${header}`, value: condition, path: `${path}.when`, expected: "bool", ...chosen });
  const held = when === undefined ? chosen : { only: { slot: when, is: "true" } };
  const isList = each !== undefined;
  const text = each ?? value;
  if (text === undefined || (isList && value !== undefined))
    throw new XmlDefinitionError(path, "exactly one of value, each must be set");
  return {
    when,
    isList,
    value: add({
      header,
      value: text,
      path: `${path}.${isList ? "each" : "value"}`,
      ...(isList && { expected: "list" as const }),
      ...held,
    }),
    attributes: attributes.map(({ name, value: source }, index) => {
      const where = `${path}.attributes.${name}`;
      checkAttributeName(name, where, prefixes);
      if (attributes.findIndex((one) => one.name === name) !== index)
        throw new XmlDefinitionError(where, "the attribute is there twice; leave one out");
      return { name, slot: add({ header: `${header}@${name}`, value: source, path: where, ...held }) };
    }),
  };
}

/** First match: `(a) ? 0 : (b) ? 1 : -1`. */
function selectorOf(choices: readonly Choice[]): string {
  return choices.reduceRight(
    (rest, { when }, index) => (when === undefined ? `${index}` : `(${when}) ? ${index} : (${rest})`),
    "-1",
  );
}

function refuseUnreachable(choices: readonly Choice[]): void {
  const always = choices.findIndex(({ when }) => when === undefined);
  if (always < 0 || always === choices.length - 1) return;
  const message = `xml.choices[${always}] has no condition and is always taken; put it last, or give it a when`;
  throw new XmlDefinitionError(`xml.choices[${always + 1}]`, message);
}
