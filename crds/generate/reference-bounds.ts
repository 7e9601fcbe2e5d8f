/** Owns how the type and the bounds of a field read in the reference. */
import { code } from "./generated-part.ts";
import type { StructuralNode } from "./schema-node.ts";

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  integer: "integer",
  number: "number",
  boolean: "true or false",
  object: "object",
  array: "list",
};

/** The type of a field, in words. */
export function typeText(node: StructuralNode): string {
  if (node.enum) return "word";
  if (node.items) return `list of ${node.items.type === "object" ? "objects" : `${typeText(node.items)}s`}`;
  if (node.additionalProperties) return `map of ${typeText(node.additionalProperties)}`;
  return typeNames[node.type] ?? node.type;
}

/** The bounds of a field, in words; empty when it has none. */
export function boundsText(node: StructuralNode): string {
  const parts = [
    node.enum?.map((value) => code(value === "\t" ? "\\t" : value)).join(", "),
    rangeText(node.minimum, node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum, ""),
    rangeText(node.minLength, node.maxLength, "characters"),
    node.pattern && `matches ${code(node.pattern)}`,
    node.format && `a ${node.format}`,
    rangeText(node.minItems, node.maxItems, "items"),
    node["x-kubernetes-list-map-keys"] && `unique by ${node["x-kubernetes-list-map-keys"].map(code).join(", ")}`,
    rangeText(undefined, node.maxProperties, "entries"),
    node.items && itemBounds(node.items, "each"),
    node.additionalProperties && itemBounds(node.additionalProperties, "each value"),
  ];
  return parts.filter((part) => part).join("; ");
}

function itemBounds(node: StructuralNode, who: string): string {
  const bounds = node.type === "object" ? "" : boundsText(node);
  return bounds && `${who}: ${bounds}`;
}

function rangeText(least: number | undefined, most: number | undefined, unit: string): string {
  const words = unit && ` ${unit}`;
  if (least === undefined && most === undefined) return "";
  if (most === undefined) return `at least ${least}${words}`;
  if (least === undefined) return `at most ${most}${words}`;
  return least === most ? `${most}${words}` : `${least} to ${most}${words}`;
}
