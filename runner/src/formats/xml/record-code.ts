/**
 * Owns the compiled writer of a record: one generated function that opens a parent only when something is in it.
 * The record itself is always written, so that a file holds as many as were counted.
 */
import type { Row } from "../../connectors/connector.ts";
import { type ElementName, readElementPath } from "./element-path.ts";
import { buildTree, type Container, type TreeNode } from "./element-tree.ts";
import { escapeText } from "./escape.ts";
import type { XmlSettings } from "./settings.ts";
import type { ElementSlots, RecordSlots } from "./slots.ts";

/** Thrown for a record that cannot be written; `slot` is the one to blame, or undefined. */
export class RecordRefused extends Error {
  readonly slot: number | undefined;

  constructor(reason: string, slot?: number) {
    super(reason);
    this.name = "RecordRefused";
    this.slot = slot;
  }
}

/** What a writer is compiled from; `isText` says which slots need escaping. The text of a list is a JSON array of the texts of its items. */
export interface RecordPlan {
  readonly settings: Pick<XmlSettings, "choices">;
  readonly slots: RecordSlots;
  readonly isText: (slot: number) => boolean;
  readonly namespaces: ReadonlyMap<string, string>;
  readonly record: ElementName;
  /** The opening of the record: its tag with the namespace where that changes. */
  readonly open: string;
}

/** Writes one record as one line. Throws RecordRefused, and CharacterRefused for what XML cannot hold. */
export type WriteRecord = (values: Row) => string;

/** Compiles the writer. Throws XmlDefinitionError for elements that cannot be written in their order. */
export function compileRecord(plan: RecordPlan): WriteRecord {
  const trees = plan.settings.choices.map((choice, index) => choiceTree(plan, choice, index));
  const { hasSelector } = plan.slots;
  const branches = trees.map((tree, index) => {
    const code = childrenCode(tree, plan.record.namespace, { depth: 0, isText: plan.isText });
    return hasSelector ? `case "${index}":{${code}break;}` : code;
  });
  const choose = hasSelector ? `switch(r[0]){${branches.join("\n")}default:none();}` : branches.join("");
  const close = `</${plan.record.name}>\n`;
  const body = `"use strict";return function(r){let v,b0="";${choose}
return ${JSON.stringify(plan.open)}+b0+${JSON.stringify(close)};}`;
  return new Function("E", "items", "undecided", "none", body)(escapeText, JSON.parse, undecided, none) as WriteRecord;
}

function undecided(slot: number): never {
  throw new RecordRefused(
    "is null, so nothing says whether the element is written; make the condition true or false",
    slot,
  );
}

function none(): never {
  throw new RecordRefused("no choice holds for the record; add one without when, or correct the data", 0);
}

function choiceTree(
  { slots, namespaces, record }: RecordPlan,
  choice: XmlSettings["choices"][number],
  choiceIndex: number,
): readonly TreeNode<ElementSlots>[] {
  const entries = choice.elements.map(({ at, when }, index) => {
    const where = `xml.choices[${choiceIndex}].elements[${index}].at`;
    const path = choice.at === undefined ? at : `${choice.at}/${at}`;
    const names = readElementPath(path, where, { namespaces, inherited: record.namespace });
    return {
      names,
      where,
      isOptional: when !== undefined,
      content: slots.choices[choiceIndex]?.[index] as ElementSlots,
    };
  });
  return buildTree(entries);
}

interface CodePlace {
  readonly depth: number;
  readonly isText: (slot: number) => boolean;
}

/** Adds the text of the elements to `b<depth>`. Only names that were checked, numbers and JSON texts stand in the code. */
function childrenCode(nodes: readonly TreeNode<ElementSlots>[], namespace: string, place: CodePlace): string {
  return nodes
    .map((node) =>
      "content" in node
        ? leafCode(node, node.content, { ...place, tag: tagOf(node, namespace) })
        : containerCode(node, namespace, place),
    )
    .join("\n");
}

function tagOf({ name, namespace }: ElementName, around: string): string {
  return openingTag({ name, namespace }, around).slice(1, -1);
}

/** An opening tag; the namespace is written where it is not that of the parent. */
export function openingTag({ name, namespace }: ElementName, around: string): string {
  return namespace === around ? `<${name}>` : `<${name} xmlns="${escapeText(namespace)}">`;
}

function containerCode(container: Container<ElementSlots>, around: string, { depth, isText }: CodePlace): string {
  let open = openingTag(container, around);
  let close = `</${container.name}>`;
  let inner = container;
  for (;;) {
    const [only, ...others] = inner.children;
    if (!only || others.length > 0 || "content" in only) break;
    open += openingTag(only, inner.namespace);
    close = `</${only.name}>${close}`;
    inner = only;
  }
  const own = `b${depth + 1}`;
  const code = childrenCode(inner.children, inner.namespace, { depth: depth + 1, isText });
  return `{let ${own}="";${code}
if(${own}!=="")b${depth}+=${JSON.stringify(open)}+${own}+${JSON.stringify(close)};}`;
}

function leafCode(
  { name }: ElementName,
  { when, value, isList, attributes }: ElementSlots,
  { depth, isText, tag }: CodePlace & { readonly tag: string },
): string {
  const text = isText(value) ? "E(v)" : "v";
  const attributeCode = attributes.map(({ name: attribute, slot }) => {
    const held = isText(slot) ? `E(r[${slot}])` : `r[${slot}]`;
    return `+(r[${slot}]===null?"":${JSON.stringify(` ${attribute}="`)}+${held}+'"')`;
  });
  const opened =
    attributes.length === 0 ? JSON.stringify(`<${tag}>`) : `${JSON.stringify(`<${tag}`)}${attributeCode.join("")}+">"`;
  const element = `if(v!==null)b${depth}+=${opened}+${text}+${JSON.stringify(`</${name}>`)};`;
  const write = isList ? `if(r[${value}]!==null)for(v of items(r[${value}]))${element}` : `v=r[${value}];${element}`;
  return when === undefined ? write : `if(r[${when}]==="true"){${write}}else if(r[${when}]===null)undecided(${when});`;
}
