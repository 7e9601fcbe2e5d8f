/** Owns the generated part of the reference page of a kind: its fields and its rules, as tables. */
import { apiVersion, group } from "../src/names.ts";
import { type KindSource, newObjectSchema } from "./crd.ts";
import { code, markdownTable } from "./generated-part.ts";
import { boundsText, typeText } from "./reference-bounds.ts";
import type { StructuralNode } from "./schema-node.ts";

/** A field with its place. */
interface FieldRow {
  readonly path: string;
  readonly node: StructuralNode;
  readonly isRequired: boolean;
  /** What the rules of the parent say about the field, e.g. `cannot be changed once it is set`. */
  readonly limits: readonly string[];
}

/** Writes the reference of a kind: how it is named, every field, every rule. */
export function newReference(source: KindSource): string {
  const schema = newObjectSchema(source);
  const { spec, status } = schema.properties ?? {};
  return [
    `${source.description}`,
    markdownTable(
      ["apiVersion", "kind", "kubectl", "short", "status subresource"],
      [
        [
          apiVersion,
          source.kind,
          code(`kubectl get ${source.plural}.${group}`),
          code(source.shortNames.join(", ")),
          source.status ? "yes" : "no",
        ],
      ],
    ),
    ...(spec ? [`## Fields of spec\n\n${fieldTable("spec", spec)}`] : []),
    ...(status ? [`## Fields of status\n\n${fieldTable("status", status)}`] : []),
    `## Rules\n\nThe API server refuses an object that breaks one of these.\n\n${ruleTable(schema)}`,
  ].join("\n\n");
}

function fieldTable(path: string, node: StructuralNode): string {
  const rows = [{ path, node, isRequired: path === "spec", limits: [] }, ...fieldsOf(node, path)];
  return markdownTable(["Field", "Type", "Required", "Bounds", "Default", "Meaning"], rows.map(fieldCells));
}

/** Every field below a node, in the order of the schema; `[]` stands for the items of a list. */
function fieldsOf(node: StructuralNode, path: string): readonly FieldRow[] {
  if (node.items) return fieldsOf(node.items, `${path}[]`);
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const limits = (node["x-kubernetes-validations"] ?? [])
      .filter(({ fieldPath }) => fieldPath === `.${name}`)
      .map(({ message }) => message.replace(`${name} `, ""));
    const row = { path: `${path}.${name}`, node: child, isRequired: node.required?.includes(name) ?? false, limits };
    return [row, ...fieldsOf(child, row.path)];
  });
}

function fieldCells({ path, node, isRequired, limits }: FieldRow): readonly string[] {
  const { meaning, defaultText } = splitDefault((node.description ?? "").replace(/^Not available yet\. /, ""));
  const shown = node.default === undefined ? defaultText : String(node.default);
  return [
    code(path),
    typeText(node),
    isRequired ? "yes" : "",
    [boundsText(node), ...limits].filter((text) => text).join("; "),
    shown,
    meaning,
  ];
}

/** Takes the sentence "Default …" out of a description. */
export function splitDefault(description: string): { readonly meaning: string; readonly defaultText: string } {
  const match = /(?:^|\s)Default (.+?)\.(?=\s+[A-Z]|$)/.exec(description);
  if (!match) return { meaning: description, defaultText: "" };
  return { meaning: description.replace(match[0], "").trim(), defaultText: match[1] ?? "" };
}

function ruleTable(schema: StructuralNode): string {
  return markdownTable(
    ["Where", "Message", "CEL"],
    rulesOf(schema, "").map(({ path, message, rule }) => [path ? code(path) : "the object", message, code(rule)]),
  );
}

function rulesOf(
  node: StructuralNode,
  path: string,
): readonly { readonly path: string; readonly message: string; readonly rule: string }[] {
  const own = (node["x-kubernetes-validations"] ?? []).map(({ message, rule }) => ({ path, message, rule }));
  const below = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    rulesOf(child, path ? `${path}.${name}` : name),
  );
  const items = node.items ? rulesOf(node.items, `${path}[]`) : [];
  return [...own, ...below, ...items];
}
