/** Owns how a place in an object is named, reached and changed. */
import type { StructuralNode } from "../../../crds/generate/schema-node.ts";

/** The way to a place in an object: member names and list positions. */
export type Path = readonly (string | number)[];

/** A place in an object, with its schema and its value. */
export interface Place {
  readonly path: Path;
  readonly node: StructuralNode;
  readonly value: unknown;
}

/** The place as the API server writes it, e.g. `spec.inputs[0].name`. */
export function textOf(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .slice(1);
}

/** Says whether a field is named but refused. */
export function isReserved(node: StructuralNode): boolean {
  return node.description?.startsWith("Not available yet.") ?? false;
}

/** Every place of an object below `spec` or `status`, outside of reserved fields; a list is entered at its first item. */
export function placesOf(node: StructuralNode, value: unknown, path: Path): readonly Place[] {
  const here = { path, node, value };
  if (isReserved(node)) return [];
  if (node.items) return [here, ...placesOf(node.items, (value as unknown[] | undefined)?.[0], [...path, 0])];
  const members = (value ?? {}) as Record<string, unknown>;
  const values = node.additionalProperties;
  if (values) return [here, ...Object.keys(members).flatMap((key) => placesOf(values, members[key], [...path, key]))];
  const below = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    placesOf(child, members[name], [...path, name]),
  );
  return [here, ...below];
}

/** The object with another value at a place; `undefined` removes what is there. */
export function changed<T extends object>(object: T, path: Path, value: unknown): T {
  const copy = structuredClone(object);
  const last = path.at(-1) as string;
  const parent = path.slice(0, -1).reduce<unknown>((at, part) => {
    const members = at as Record<string | number, unknown>;
    members[part] ??= {};
    return members[part];
  }, copy) as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}
