/** Owns what stands around the records of a document: header, the parents of the records, trailer. */
import { checkAttributeName, type ElementName, readElementPath, XmlDefinitionError } from "./element-path.ts";
import { buildTree, type TreeNode } from "./element-tree.ts";
import { escapeText } from "./escape.ts";
import { openingTag } from "./record-code.ts";
import type { XmlSettings } from "./settings.ts";
import type { SlotSource } from "./slots.ts";

/** The place of an element of header or trailer among the expressions. */
interface EnvelopeElement {
  readonly slot: number;
  readonly attributes: readonly { readonly name: string; readonly slot: number }[];
}

/** Stands for the records in the tree. */
const records = "records";

/** The compiled surroundings of records. */
export interface Envelope {
  /** The expressions of header and trailer, over run and part. */
  readonly sources: readonly SlotSource[];
  /** The element that holds a record, and the opening of one. */
  readonly record: ElementName;
  readonly open: string;
  /** Texts before and after the records, for the texts of the sources. */
  write(values: readonly (string | null)[]): { readonly before: string; readonly after: string };
}

type EnvelopeSettings = Pick<XmlSettings, "header" | "recordAt" | "trailer" | "choices">;

/** Compiles the envelope. Throws XmlDefinitionError for elements that cannot stand where the list has them. */
export function compileEnvelope(settings: EnvelopeSettings, namespaces: ReadonlyMap<string, string>): Envelope {
  const sources: SlotSource[] = [];
  const read = (at: string, where: string) => readElementPath(at, where, { namespaces, inherited: "" });
  const part = (name: "header" | "trailer") =>
    (settings[name] ?? []).map((element, index) => {
      const path = `xml.${name}[${index}]`;
      const content = addSlots(sources, element, { path, namespaces });
      return { names: read(element.at, `${path}.at`), where: `${path}.at`, isOptional: false, content };
    });
  const recordNames = read(settings.recordAt, "xml.recordAt");
  const entries = [
    ...part("header"),
    { names: recordNames, where: "xml.recordAt", isOptional: false, content: records as typeof records },
    ...part("trailer"),
  ];
  refuseOtherRoots(entries);
  const [root] = buildTree<EnvelopeElement | typeof records>(entries);
  const record = recordNames.at(-1) as ElementName;
  return {
    sources,
    record,
    open: openingTag(record, recordNames.at(-2)?.namespace ?? ""),
    write: (values) => {
      const prefixes = prefixDeclarations(settings, namespaces);
      const { before, after } = writeNode(root as TreeNode<EnvelopeElement | typeof records>, "", values);
      return { before: before.replace(">", () => `${prefixes}>`), after };
    },
  };
}

function addSlots(
  sources: SlotSource[],
  { at, value, attributes = [] }: NonNullable<XmlSettings["header"]>[number],
  { path, namespaces }: { readonly path: string; readonly namespaces: ReadonlyMap<string, string> },
): EnvelopeElement {
  const slot = sources.push({ header: at, value, path: `${path}.value` }) - 1;
  const named = attributes.map((attribute) => {
    const where = `${path}.attributes.${attribute.name}`;
    checkAttributeName(attribute.name, where, namespaces);
    const source = { header: `${at}@${attribute.name}`, value: attribute.value, path: where };
    return { name: attribute.name, slot: sources.push(source) - 1 };
  });
  return { slot, attributes: named };
}

function refuseOtherRoots(
  entries: readonly { readonly names: readonly ElementName[]; readonly where: string }[],
): void {
  const root = entries.find(({ where }) => where === "xml.recordAt")?.names;
  if (!root || root.length < 2)
    throw new XmlDefinitionError("xml.recordAt", "records need an element around them; write it as in Document/Record");
  const other = entries.find(
    ({ names: [first] }) => first?.name !== root[0]?.name || first?.namespace !== root[0]?.namespace,
  );
  if (other)
    throw new XmlDefinitionError(
      other.where,
      `a document has one root, and recordAt begins with ${root[0]?.name}; begin with it too`,
    );
}

interface Written {
  readonly before: string;
  /** Undefined where the node is not around the records. */
  readonly after: string;
  readonly holdsRecords: boolean;
}

function writeNode(
  node: TreeNode<EnvelopeElement | typeof records>,
  around: string,
  values: readonly (string | null)[],
): Written {
  if ("content" in node) {
    if (node.content === records) return { before: "", after: "", holdsRecords: true };
    return { before: leafText(node, node.content, { around, values }), after: "", holdsRecords: false };
  }
  let before = "";
  let after = "";
  let holdsRecords = false;
  for (const child of node.children) {
    const written = writeNode(child, node.namespace, values);
    if (holdsRecords) after += written.before;
    else before += written.before;
    after += written.after;
    holdsRecords ||= written.holdsRecords;
  }
  const close = `</${node.name}>`;
  if (holdsRecords) return { before: openingTag(node, around) + before, after: after + close, holdsRecords };
  return { before: before === "" ? "" : openingTag(node, around) + before + close, after: "", holdsRecords };
}

function leafText(
  name: ElementName,
  { slot, attributes }: EnvelopeElement,
  { around, values }: { readonly around: string; readonly values: readonly (string | null)[] },
): string {
  const value = values[slot] ?? null;
  if (value === null) return "";
  let tag = openingTag(name, around).slice(0, -1);
  for (const attribute of attributes) {
    const text = values[attribute.slot] ?? null;
    if (text !== null) tag += ` ${attribute.name}="${escapeText(text)}"`;
  }
  return `${tag}>${escapeText(value)}</${name.name}>`;
}

/** Attributes have no default namespace: the prefixes that they use are declared once, on the root. */
function prefixDeclarations(settings: EnvelopeSettings, namespaces: ReadonlyMap<string, string>): string {
  const elements = [
    ...(settings.header ?? []),
    ...settings.choices.flatMap(({ elements }) => elements),
    ...(settings.trailer ?? []),
  ];
  const used = new Set(elements.flatMap(({ attributes = [] }) => attributes.map(({ name }) => name.split(":").at(-2))));
  return [...namespaces]
    .filter(([prefix]) => used.has(prefix))
    .map(([prefix, uri]) => ` xmlns:${prefix}="${escapeText(uri)}"`)
    .join("");
}
