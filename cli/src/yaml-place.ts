/** Owns the way from a field's path, as in `spec.validation.rules[4].assert`, to the line of the YAML file where it stands. */
import type { DefinitionDiagnostic } from "@openreg/language";
import { isMap, isNode, isScalar, isSeq, type Node, type Pair, Scalar } from "yaml";
import type { PlacedManifest, YamlFile } from "./manifests.ts";

/** A place in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is placed: a remark about a field, and the text in it that it is about. */
export type Placeable = Pick<DefinitionDiagnostic, "path" | "line" | "column" | "source">;

/** The path of a field as remarks write it, from its steps. */
export function fieldPath(steps: readonly PropertyKey[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    return path === "" ? String(step) : `${path}.${String(step)}`;
  }, "");
}

/** Where a remark stands: in the text of its field where the file has that text as it is, else at the field, else at what holds the field. */
export function placeOf({ file, document, node: own }: PlacedManifest, remark: Placeable): Place {
  const { node, key, isWhole } = find(own ?? document.contents ?? undefined, remark.path);
  const isText = isWhole && isScalar(node) && remark.source !== "";
  const place = placeAt(file, (isText ? node : (key ?? node))?.range?.[0] ?? 0);
  return isText && node.value === remark.source ? within(place, { file, node, remark }) : place;
}

/** The place of an offset in a file. */
export function placeAt(file: YamlFile, offset: number): Place {
  const { line, col } = file.lines.linePos(offset);
  return { file: file.path, line: Math.max(1, line), column: Math.max(1, col) };
}

interface Found {
  readonly node: Node | undefined;
  /** What leads to the node, or to what lacks the rest of the path. */
  readonly key: Node | undefined;
  /** Whether the path led all the way. */
  readonly isWhole: boolean;
}

function find(start: Node | undefined, path: string): Found {
  let found: Step = { node: start, key: undefined, rest: path };
  while (found.rest !== "") {
    const { node, key, rest } = found;
    const step = isSeq(node) ? itemStep(node.items, rest) : isMap(node) ? memberStep(node.items, rest) : undefined;
    if (!step) return { node, key, isWhole: false };
    found = step;
  }
  return { node: found.node, key: found.key, isWhole: true };
}

interface Step {
  readonly node: Node | undefined;
  readonly key: Node | undefined;
  readonly rest: string;
}

function itemStep(items: readonly unknown[], path: string): Step | undefined {
  const [whole = "", index] = /^\[(\d+)\]\.?/.exec(path) ?? [];
  const item = index === undefined ? undefined : items[Number(index)];
  return isNode(item) ? { node: item, key: item, rest: path.slice(whole.length) } : undefined;
}

/** Keys may hold dots and colons, so the longest key that the path begins with is taken. */
function memberStep(pairs: readonly Pair[], path: string): Step | undefined {
  const [best] = pairs
    .flatMap(({ key, value }) => (isScalar(key) ? [{ key, value, name: String(key.value) }] : []))
    .filter(({ name }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))
    .sort((first, second) => second.name.length - first.name.length);
  if (!best) return;
  const rest = path.slice(best.name.length);
  return { node: isNode(best.value) ? best.value : best.key, key: best.key, rest: rest.replace(/^\./, "") };
}

interface Text {
  readonly file: YamlFile;
  readonly node: Scalar;
  readonly remark: Placeable;
}

function within(place: Place, { file, node, remark }: Text): Place {
  const raw = file.text.slice(node.range?.[0], node.range?.[1]);
  if (node.type === Scalar.BLOCK_LITERAL) {
    const line = place.line + remark.line;
    const text = file.text.split("\n");
    const content = text.slice(place.line, line).find((one) => one.trim() !== "") ?? "";
    return { file: file.path, line, column: content.length - content.trimStart().length + remark.column };
  }
  if (raw === remark.source) return { ...place, column: place.column + remark.column - 1 };
  if (raw.slice(1, -1) === remark.source) return { ...place, column: place.column + remark.column };
  return place;
}
